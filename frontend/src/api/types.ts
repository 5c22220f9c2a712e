/**
 * The objects of the wire. Ids are 64-bit Snowflakes as decimal strings, times RFC 3339; absent and null mean the same
 * in answers, so optional fields here are `undefined` or `null`.
 */

/** Sent by the server as absent or null, with one meaning. */
export type Maybe<T> = T | null | undefined;

export type Gender = "female" | "male" | "non_binary" | "other";
export type Relation = "self" | "friend" | "incoming" | "outgoing" | "none";

export interface User {
  id: string;
  friend_code?: Maybe<string>;
  username: string;
  avatar_url?: Maybe<string>;
  introduction?: Maybe<string>;
  gender?: Maybe<Gender>;
  last_online?: Maybe<string>;
  online?: Maybe<boolean>;
  relation: Relation;
  /** Own user only. */
  password_set?: Maybe<boolean>;
  /** Own user only. */
  gender_shared?: Maybe<boolean>;
  /** Own user only: when the account goes, unless it is restored. */
  deletes_at?: Maybe<string>;
}

/** What lists and pages tell about a person, with the live presence the client adds. */
export interface UserBrief {
  id: string;
  username: string;
  avatar_url?: Maybe<string>;
  online?: Maybe<boolean>;
  last_online?: Maybe<string>;
  /** The server's time of `online` and `last_online`. */
  as_of?: Maybe<string>;
}

export interface FriendRequest {
  id: string;
  user: User;
  direction: "incoming" | "outgoing";
  status: "pending" | "accepted" | "rejected" | "cancelled";
  created_at: string;
}

export type ConversationKind = "direct" | "group";
export type MemberRole = "admin" | "member";
export type JoinPolicy = "open" | "approval";
export type HistoryVisibility = "from_joining" | "all";
export type ConversationState = "active" | "left" | "kicked" | "closed";

export interface Draft {
  text: string;
  reply_to?: Maybe<number>;
  /** The stored version; 0 means that none is stored. */
  version: number;
}

export interface Conversation {
  id: string;
  kind: ConversationKind;
  name?: Maybe<string>;
  avatar_url?: Maybe<string>;
  peer?: Maybe<User>;
  role?: Maybe<MemberRole>;
  member_count: number;
  group_code?: Maybe<string>;
  join_policy?: Maybe<JoinPolicy>;
  history_visibility?: Maybe<HistoryVisibility>;
  encrypted: boolean;
  last_seq: number;
  read_seq: number;
  peer_read_seq?: Maybe<number>;
  unread: number;
  muted_until?: Maybe<string>;
  pinned: boolean;
  draft?: Maybe<Draft>;
  last_entry?: Maybe<Entry>;
  can_send: boolean;
  cannot_send_reason?: Maybe<string>;
  state: ConversationState;
  members_version: number;
}

export type EntryKind = "message" | "unsend" | "notice";
export type NoticeType =
  | "created"
  | "renamed"
  | "avatar_changed"
  | "joined"
  | "left"
  | "kicked"
  | "role_changed"
  | "join_policy_changed"
  | "history_visibility_changed";

export interface Notice {
  type: NoticeType;
  user_id?: Maybe<string>;
  by?: Maybe<string>;
  name?: Maybe<string>;
  role?: Maybe<MemberRole>;
}

export interface Entry {
  conversation_id: string;
  seq: number;
  id: string;
  kind: EntryKind;
  sender_id: string;
  client_msg_id?: Maybe<string>;
  client_time?: Maybe<string>;
  server_time: string;
  content?: Maybe<Content>;
  unsent?: Maybe<true>;
  target_seq?: Maybe<number>;
  notice?: Maybe<Notice>;
}

export type MediaKind = "image" | "video" | "audio" | "file";

export interface MediaRef {
  id: string;
  url: string;
  name: string;
  content_type: string;
  size_bytes: number;
  width?: Maybe<number>;
  height?: Maybe<number>;
  duration_ms?: Maybe<number>;
  thumbnail_url?: Maybe<string>;
}

export interface TextContent {
  type: "text";
  text: string;
  reply_to?: Maybe<number>;
}

export interface MediaContent {
  type: MediaKind;
  /** A send names media as `{id}` alone; the server fills in the rest. */
  media: MediaRef | { id: string };
  caption?: Maybe<string>;
  reply_to?: Maybe<number>;
}

export interface EncryptedContent {
  type: "encrypted";
  [field: string]: unknown;
}

export type Content = TextContent | MediaContent | EncryptedContent;

export interface Device {
  id: string;
  name: string;
  client: string;
  created_at: string;
  last_seen: string;
  current: boolean;
}

export interface Member {
  user: User;
  role: MemberRole;
  joined_at: string;
}

export interface JoinRequest {
  user: User;
  created_at: string;
}

export interface GroupPreview {
  id?: Maybe<string>;
  name: string;
  avatar_url?: Maybe<string>;
  member_count: number;
  join_policy: JoinPolicy;
  state: "none" | "member" | "requested";
}

export interface Provider {
  id: string;
  name: string;
}

export interface SignInNotice {
  code: string;
  reason?: Maybe<string>;
  until?: Maybe<string>;
}

export interface Page<T> {
  items: T[];
  next?: Maybe<string>;
}

/** A timeline page, ascending by `seq`. */
export interface EntryPage {
  items: Entry[];
  next?: Maybe<string | number>;
  users: UserBrief[];
  quoted: Entry[];
}

export interface ReadMarker {
  read_seq: number;
  peer_read_seq?: Maybe<number>;
  unread: number;
}

export interface SyncRequest {
  conversations: Record<string, number>;
  user_seq: number;
  epoch?: string;
  /** `server_time` of the last answer: only markers that moved since are asked for. */
  markers_since?: string;
}

export interface SyncConversation {
  conversation: Conversation;
  entries: Entry[];
  complete: boolean;
}

export interface SyncAnswer {
  epoch: string;
  server_time: string;
  users: UserBrief[];
  quoted: Entry[];
  conversations: SyncConversation[];
  removed: string[];
  markers: Record<string, ReadMarker>;
  user_events: UserEvent[];
  user_events_complete?: Maybe<boolean>;
  user_seq: number;
  reload?: Maybe<boolean>;
}

export interface TokenAnswer {
  access_token: string;
  token_type: string;
  /** Seconds. */
  expires_in: number;
}

/** `application/problem+json`, RFC 9457. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code: string;
  trace_id?: string;
  errors?: { field: string; code: string; detail?: string }[];
}

/** Low-rate events of one's own log; with `user_seq` they are replayed by `/sync`. */
export type UserEvent = { user_seq?: Maybe<number> } & (
  | { type: "friend_request"; request: FriendRequest }
  | { type: "friend"; user: User }
  | { type: "friend_removed"; user_id: string }
  | { type: "profile"; user: User }
  | { type: "conversation"; conversation: Conversation }
  | { type: "conversation_removed"; conversation_id: string; reason: "left" | "kicked" | "hidden" }
  | { type: "join_request"; group_id: string; user: User }
);

/** Bodies of the MESSAGE frames on `/user/queue/events`. */
export type WireEvent =
  | UserEvent
  | { type: "entry"; conversation_id: string; seq: number; entry: Entry }
  | { type: "read"; conversation_id: string; user_id: string; read_seq: number }
  | { type: "typing"; conversation_id: string; user_id: string }
  | { type: "presence"; user_id: string; online: boolean; last_online?: Maybe<string>; as_of: string }
  | { type: "heads"; heads: Record<string, number>; user_seq?: Maybe<number> }
  | { type: "session"; action: "signed_out" | "suspended" | "banned"; reason?: Maybe<string>; until?: Maybe<string> }
  | {
      type: "error";
      receipt?: Maybe<string>;
      code: string;
      detail?: Maybe<string>;
      retry_after_ms?: Maybe<number>;
    };
