import type {
  Conversation,
  Entry,
  FriendRequest,
  JoinRequest,
  Problem,
  SyncAnswer,
  User,
  UserBrief,
  WireEvent,
} from "@/api/types";
import type {
  ChatState,
  ConnectionState,
  DraftState,
  Journey,
  LocalMedia,
  PendingMessage,
  Person,
  Range,
  SyncState,
  UploadProgress,
} from "./state";

/** Everything that can change the state. Shared events reach every tab in one order; local ones stay in their tab. */
export type ChatEvent = SharedEvent | LocalEvent;

export type SharedEvent =
  /** `arrived`: over the live socket, so that a message may be announced; else the answer of an own request. */
  | { type: "wire"; event: WireEvent; arrived: boolean }
  | { type: "sync"; asked: Record<string, number>; answer: SyncAnswer; at: number }
  /** A fetched piece that is complete for `afterSeq < seq <= throughSeq`. */
  | { type: "span"; conversationId: string; afterSeq: number; throughSeq: number; entries: Entry[]; users: UserBrief[] }
  | { type: "connection"; connection: Omit<ConnectionState, "leader">; clockOffsetMs?: number }
  | { type: "outbox"; change: OutboxChange }
  | { type: "viewed"; conversationId: string; seq: number }
  /** A message has arrived in a window that shows its conversation and has the focus: no other one has to call for it. */
  | { type: "in_view"; conversationId: string; seq: number }
  | { type: "draft"; conversationId: string; draft: DraftState | null }
  /** Lists that REST answered; absent ones stay. */
  | { type: "lists"; me?: User; friends?: User[]; requests?: FriendRequest[]; blocked?: string[] }
  /** Names of people whom entries mention. */
  | { type: "named"; users: UserBrief[] }
  | { type: "join_requests"; groupId: string; items: JoinRequest[] }
  /** The server knows this conversation no longer. */
  | { type: "forgotten"; conversationId: string };

export type LocalEvent =
  | { type: "restored"; stored: Stored }
  | { type: "snapshot"; shared: SharedState }
  | { type: "leader"; leader: boolean }
  | { type: "timeline_opened"; conversationId: string; entries: Entry[]; ranges: Range[]; quoted: Entry[] }
  | { type: "timeline_closed"; conversationId: string }
  /** What is loaded outside `keep` of the stretch that holds `at` is not needed in memory. */
  | { type: "timeline_trimmed"; conversationId: string; at: number; keep: Range }
  | { type: "timeline_loading"; conversationId: string; loading: "older" | "newer" | "around"; gapAfter?: number }
  | { type: "timeline_failed"; conversationId: string; problem: Problem; gapAfter?: number }
  /** A page, complete for `range`; `stored`: it comes from the store of this machine. */
  | {
      type: "page";
      conversationId: string;
      entries: Entry[];
      range: Range;
      users: UserBrief[];
      quoted: Entry[];
      stored: boolean;
    }
  /** A message that others answer. */
  | { type: "quoted"; entry: Entry }
  | { type: "unsending"; conversationId: string; seq: number; on: boolean }
  | { type: "toast_dismissed"; id: string }
  | { type: "tick" };

export type OutboxChange =
  | { kind: "queued"; message: PendingMessage }
  | { kind: "uploading"; clientMsgId: string; upload: UploadProgress }
  /** The server has the file. */
  | { kind: "uploaded"; clientMsgId: string; media: LocalMedia }
  /** The server has it no longer: it goes up again. */
  | { kind: "file_gone"; clientMsgId: string }
  | { kind: "sending"; clientMsgId: string }
  | { kind: "confirmed"; clientMsgId: string; seq: number; traceId?: string }
  | { kind: "postponed"; clientMsgId: string; code: string; detail?: string; retryAt: number }
  /** There is a network again for what waits for one. */
  | { kind: "reconnected"; clientMsgId: string }
  | { kind: "refused"; clientMsgId: string; code: string; detail?: string }
  /** The connection went: what was in flight may or may not have arrived. */
  | { kind: "interrupted" }
  | { kind: "expired"; clientMsgIds: string[] }
  | { kind: "retried"; clientMsgId: string; expiresAt: number }
  | { kind: "discarded"; clientMsgId: string };

/** What the store on this machine remembers. */
export interface Stored {
  epoch?: string;
  userSeq: number;
  serverTime?: string;
  me?: User;
  friends: User[];
  requests: FriendRequest[];
  blocked: string[];
  conversations: Conversation[];
  positions: Record<string, number>;
  users: Person[];
  outbox: PendingMessage[];
  drafts: Record<string, DraftState>;
}

/** What one tab takes over from the leader; timelines, toasts and the like belong to each tab alone. */
export type SharedState = Pick<
  ChatState,
  | "connection"
  | "session"
  | "ready"
  | "clockOffsetMs"
  | "me"
  | "users"
  | "conversations"
  | "outbox"
  | "typing"
  | "reads"
  | "friends"
  | "requests"
  | "joinRequests"
  | "drafts"
> & { sync: SyncState };

/** What the reducer wants done; it does nothing itself. Unless noted the leader does it. */
export type Effect =
  | { type: "persist"; conversationId: string; entries: Entry[]; range?: Range }
  | { type: "persist_users"; ids: string[] }
  | { type: "persist_meta" }
  | { type: "persist_pending"; clientMsgIds: string[] }
  | { type: "persist_draft"; conversationId: string }
  /** Steps of a message that is not in the outbox any more; they are added to those that are stored. */
  | { type: "keep_journey"; journey: Journey }
  /** Another history: stored entries and positions are void. */
  | { type: "drop_history" }
  | { type: "drop_conversation"; conversationId: string }
  /** Stored entries may have been unsent by an entry that was skipped. */
  | { type: "drop_entries"; conversationId: string }
  /** A hole, or a head above the position: fetch what is between. */
  | { type: "fetch"; conversationId: string }
  /** Ask for the conversation, whose state or unread count cannot be derived here. */
  | { type: "refresh"; conversationId: string }
  /** It is not in the list any more: find out whether it ended, and stays readable, or was hidden. */
  | { type: "verify_removed"; conversationId: string }
  /** A live entry mentions somebody whose name is not known here. */
  | { type: "name"; conversationId: string; seq: number }
  | { type: "resync" }
  | { type: "reload_lists" }
  | { type: "reload_friends" }
  /** Done by every tab: an opened timeline lost its entries. */
  | { type: "reload_timeline"; conversationId: string }
  /** Done by every tab: what an opened timeline shows answers a message that is not known here. */
  | { type: "quote"; conversationId: string; seq: number }
  /** Done by the tab that has the focus: the others are told. */
  | { type: "in_view"; conversationId: string; seq: number }
  | { type: "session_ended" };

/** What the reducer may know besides state and event. */
export interface Context {
  now: number;
  /** The conversation in view of a focused, visible page of this tab. */
  focused?: string | undefined;
}
