import type {
  Content,
  Conversation,
  Entry,
  FriendRequest,
  JoinRequest,
  MediaKind,
  MediaRef,
  Problem,
  TextContent,
  User,
  UserBrief,
} from "@/api/types";
import type { UploadStep } from "@/api/upload";

/** `resuming`: the socket is attached and `/sync` is being applied. `closed`: signed out or refused; no retry. */
export type ConnectionPhase = "idle" | "connecting" | "live" | "resuming" | "offline" | "closed";

export interface ConnectionState {
  phase: ConnectionPhase;
  /**
   * Since when it has been live, offline, or without a connection through however many attempts; in milliseconds of this
   * machine's clock.
   */
  since: number;
  /** This tab holds the socket. */
  leader: boolean;
  /** When the last resume was applied; "Up to date" is shown for a moment after it. */
  upToDateAt?: number;
  /** The next attempt, in milliseconds of this machine's clock. */
  retryAt?: number;
}

export interface SessionEnd {
  action: "signed_out" | "suspended" | "banned";
  reason?: string;
  until?: string;
}

export type TimelineItem =
  | { type: "entry"; entry: Entry }
  | { type: "gap"; afterSeq: number; beforeSeq: number; loading: boolean; error?: Problem };

/** Consecutive `seq`s that are known completely, both ends included; a hole inside was answered as not visible. */
export type Range = readonly [from: number, to: number];

export interface Timeline {
  /** What is shown, ascending: messages and notices, gaps between ranges. Unsends erase and are not shown. */
  items: TimelineItem[];
  hasOlder: boolean;
  hasNewer: boolean;
  loading: "older" | "newer" | "around" | "none";
  error?: Problem;
  /** Reply targets that are not in `items`. */
  quoted: Record<number, Entry>;
  /** First `seq` below the "New messages" line, set when the conversation was opened. */
  unreadFrom?: number;
  /** Every known entry ascending, unsends included; `items` is derived from it. */
  entries: Entry[];
  ranges: Range[];
  gapStatus: Record<number, { loading: boolean; error?: Problem }>;
  /** A view shows it, and says what of it may go; of the others only the newest end is kept. */
  open?: true;
  /** In milliseconds of this machine's clock; the oldest are dropped from memory first. */
  openedAt: number;
}

/** A media object as this device knows it; it has an `id` once the server has its file. */
export type LocalMedia = Omit<MediaRef, "id" | "url" | "thumbnail_url"> & { id?: string };

export interface OutgoingMedia {
  type: MediaKind;
  media: LocalMedia;
  caption?: string;
  reply_to?: number;
}

/** What is to be sent. */
export type Outgoing = TextContent | OutgoingMedia;

/** How far the file of a message is. Not stored: an upload that was cut off begins again. */
export interface UploadProgress {
  step: UploadStep;
  sentBytes: number;
}

export type PendingState = "waiting" | "sending" | "unknown" | "refused" | "expired";

/** What happened to a message of the outbox on this device. */
export interface OutboxStep {
  /** In milliseconds of this machine's clock. */
  at: number;
  what: "queued" | "sending" | "interrupted" | "postponed" | "refused" | "expired" | "retried" | "accepted";
  /** Why it was postponed or refused. */
  code?: string;
  /** By which the operators find the attempt that was accepted. */
  traceId?: string;
}

/** The journey of an own message that was sent from this device, kept when the message itself has left the outbox. */
export interface Journey {
  clientMsgId: string;
  steps: OutboxStep[];
}

export interface PendingMessage {
  state: PendingState;
  clientMsgId: string;
  conversationId: string;
  content: Outgoing;
  /** Of a media message; kept with it until the message itself has arrived. */
  file?: Blob;
  /** Its file is on its way. */
  upload?: UploadProgress;
  /** RFC 3339 with the sender's offset. */
  clientTime: string;
  createdAt: number;
  /** After this the user is asked whether to go on. */
  expiresAt: number;
  /** Why it was refused or waits. */
  code?: string;
  detail?: string;
  /** Not before this, in milliseconds of this machine's clock. */
  retryAt?: number;
  /** Attempts that ended in a temporary refusal, for the backoff. */
  attempts: number;
  /** Durable under this `seq`; shown until the entry itself arrives. */
  confirmedSeq?: number;
  /** Ascending in time; messages of an older version of the app have none. */
  steps?: OutboxStep[];
}

export interface DraftState {
  text: string;
  reply_to?: number;
  /** The server's version that this text is based on; 0 = none. */
  version: number;
  /** Not stored at the server yet. */
  dirty?: boolean;
  /** What is on its way to the server, so that its echo is not taken for another device's text. */
  saving?: { text: string; reply_to?: number };
  /** Another device stored this one meanwhile. */
  conflict?: { text: string; reply_to?: number; version: number };
}

export interface LiveToast {
  id: string;
  conversationId: string;
  seq: number;
  /** The group's name, or the sender's in a direct conversation. */
  title: string;
  /** Text or caption; empty for media without a caption. */
  text: string;
  entry: Entry;
}

export interface Announcement {
  id: number;
  conversationId: string;
  seq: number;
  sender: string;
  content: Content;
}

/** What `unread` of a conversation is made of; the same rule as the server's, counted forward from its figure. */
export interface UnreadBasis {
  /** The server's count of unread messages up to `seq`. */
  count: number;
  seq: number;
  /** Counted messages above `seq`. */
  later: readonly number[];
}

/** What keeps a device complete; views do not need it. */
export interface SyncState {
  /** The signed-in user, known before the profile is. */
  userId?: string;
  epoch?: string;
  userSeq: number;
  /** `server_time` of the last `/sync` answer. */
  serverTime?: string;
  /** Last contiguous `seq` applied, by conversation. */
  positions: Record<string, number>;
  /** Entries above a hole, by conversation and `seq`. */
  held: Record<string, Record<number, Entry>>;
  /** The head that was heard of but not reached, by conversation. */
  heads: Record<string, number>;
  unread: Record<string, UnreadBasis>;
  /** Targets of unsends seen, so that a page read earlier cannot bring text back. */
  erased: Record<string, Record<number, true>>;
  blocked: Record<string, true>;
}

/** Somebody whom an answer has named, with the presence that is known of friends. */
export interface Person extends UserBrief {
  online?: boolean | null;
  last_online?: string | null;
  /** The server's time of `online` and `last_online`. */
  as_of?: string;
}

export interface ChatState {
  connection: ConnectionState;
  session: { ended?: SessionEnd };
  /** The first list is known, from the store or from `/sync`. */
  ready: boolean;
  /** The server's clock minus ours. */
  clockOffsetMs: number;
  me?: User;
  users: Record<string, Person>;
  conversations: Record<string, Conversation>;
  /** Only conversations opened lately. */
  timelines: Record<string, Timeline>;
  /** By conversation, in order of writing. */
  outbox: Record<string, PendingMessage[]>;
  /** Unsends on their way, keys `conversationId:seq`. */
  unsending: Record<string, true>;
  typing: Record<string, { userId: string; until: number }[]>;
  /** Read markers of others as heard live, by conversation and user. */
  reads: Record<string, Record<string, number>>;
  friends: Record<string, User>;
  requests: FriendRequest[];
  joinRequests: Record<string, JoinRequest[]>;
  drafts: Record<string, DraftState>;
  toasts: LiveToast[];
  announcements: Announcement[];
  sync: SyncState;
}

export function initialState(now: number, userId?: string): ChatState {
  return {
    connection: { phase: "idle", since: now, leader: false },
    session: {},
    ready: false,
    clockOffsetMs: 0,
    users: {},
    conversations: {},
    timelines: {},
    outbox: {},
    unsending: {},
    typing: {},
    reads: {},
    friends: {},
    requests: [],
    joinRequests: {},
    drafts: {},
    toasts: [],
    announcements: [],
    sync: {
      ...(userId !== undefined && { userId }),
      userSeq: 0,
      positions: {},
      held: {},
      heads: {},
      unread: {},
      erased: {},
      blocked: {},
    },
  };
}
