import type { Entry } from "@/api/types";
import type { Context, Effect } from "../events";
import type { ChatState, Range, SyncState } from "../state";

type RecordKey =
  | "users"
  | "conversations"
  | "timelines"
  | "outbox"
  | "typing"
  | "reads"
  | "friends"
  | "joinRequests"
  | "drafts"
  | "unsending";
type SyncRecordKey = "positions" | "held" | "heads" | "unread" | "erased" | "blocked";

/**
 * The next state while it is being made. Records are copied the first time they are written, once per event, so that an
 * event over a thousand conversations does not copy them a thousand times.
 */
export class Change {
  readonly effects: Effect[] = [];
  private readonly written = new Set<string>();
  private current: ChatState;

  constructor(
    base: ChatState,
    readonly context: Context,
  ) {
    this.current = base;
  }

  get state(): ChatState {
    return this.current;
  }

  set(part: Partial<ChatState>): void {
    this.current = { ...this.current, ...part };
  }

  setSync(part: Partial<SyncState>): void {
    this.set({ sync: { ...this.current.sync, ...part } });
  }

  /** A record of the state, to be written into. */
  write<K extends RecordKey>(key: K): ChatState[K] {
    if (!this.written.has(key)) {
      this.written.add(key);
      this.set({ [key]: { ...this.current[key] } });
    }
    return this.current[key];
  }

  /** A record of the synchronisation state, to be written into. */
  writeSync<K extends SyncRecordKey>(key: K): SyncState[K] {
    const name = `sync.${key}`;
    if (!this.written.has(name)) {
      this.written.add(name);
      this.setSync({ [key]: { ...this.current.sync[key] } });
    }
    return this.current.sync[key];
  }

  /** Replaces records wholesale; later writes go into the new ones. */
  reset(part: Partial<ChatState>): void {
    this.written.clear();
    this.set(part);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  persist(conversationId: string, entries: Entry[] = [], range?: Range): void {
    this.effect({ type: "persist", conversationId, entries, ...(range && { range }) });
  }
}
