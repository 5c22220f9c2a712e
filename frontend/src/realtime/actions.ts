import type { EarlierDraft } from "./draft-loss";
import type { Journey, Outgoing, Range } from "./state";

/** What a view may ask for. Every tab has all of them; the leader tab does what needs the socket. */
export interface ChatActions {
  openConversation(id: string): Promise<void>;
  closeConversation(id: string): void;
  loadOlder(id: string): void;
  loadNewer(id: string): void;
  loadAround(id: string, seq: number): Promise<void>;
  /** A page of a gap, next to what is shown above it (`newer`: for who scrolls down) or below it (`older`). */
  loadGap(id: string, afterSeq: number, fill: "older" | "newer"): void;
  jumpToNewest(id: string): void;
  /** What is loaded outside `keep` around `at` may go from memory, except the newest end. */
  trim(id: string, at: number, keep: Range): void;
  /** Queues a message, of a media message with its file, and answers its `clientMsgId`. */
  send(id: string, content: Outgoing, file?: Blob): string;
  retry(clientMsgId: string): void;
  discard(clientMsgId: string): void;
  /** Rejects with {@link ApiError}. */
  unsend(id: string, seq: number): Promise<void>;
  /** The caller guarantees that the page is visible and focused and the message in view. */
  markViewed(id: string, seq: number): void;
  typing(id: string): void;
  /** `leaving`: the page may be gone in a moment. `sent`: the text is a message now, and no draft that was lost. */
  saveDraft(id: string, draft: { text: string; reply_to?: number } | null, how?: "leaving" | "sent"): void;
  resolveDraft(id: string, keep: "mine" | "theirs"): void;
  /** Keeps a text that is about to give way to another one. */
  keepDraft(id: string, draft: { text: string; reply_to?: number }): void;
  /** What gave way to other text on this device, newest first. */
  earlierDrafts(id: string): Promise<EarlierDraft[]>;
  /** What this device knows of the way of an own message that is not in the outbox any more. */
  journeyOf(clientMsgId: string): Promise<Journey | undefined>;
  /** Until a time, for ever (`MUTED_FOREVER`) or, with null, not at all. */
  mute(id: string, until: string | null): Promise<void>;
  pin(id: string, pinned: boolean): Promise<void>;
  hide(id: string): Promise<void>;
  presence(state: "active" | "idle"): void;
  /** Reads the own profile again. Rejects with {@link ApiError}. */
  refreshProfile(): Promise<void>;
  dismissToast(id: string): void;
  /** With unsent messages and without `force` nothing happens but the answer of how many they are. */
  signOut(options?: { force?: boolean }): Promise<{ blockedByOutbox?: number }>;
}

export const MUTED_FOREVER = "9999-12-31T00:00:00.000Z";
