/**
 * The objects of the wire, by the names the app uses. All of them come from the OpenAPI document: a change there and
 * `npm run generate` are what changes them. Ids are 64-bit Snowflakes as decimal strings, times RFC 3339; absent and
 * null mean the same in answers.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type UserBrief = Schemas["UserBrief"];
export type Gender = Schemas["Gender"];
export type Relation = Schemas["Relation"];
/** The archive of everything somebody wrote and uploaded. */
export type DataExport = Schemas["Export"];
export type Device = Schemas["Device"];
export type FriendRequest = Schemas["FriendRequest"];

export type Conversation = Schemas["Conversation"];
export type Draft = Schemas["Draft"];
/** What a conversation's draft was before. */
export type DraftVersion = Schemas["DraftVersion"];
/** How far a member has read. */
export type ReadMark = Schemas["Reader"];
export type Member = Schemas["Member"];
export type MemberRole = Schemas["Role"];
export type JoinPolicy = Schemas["JoinPolicy"];
export type HistoryVisibility = Schemas["HistoryVisibility"];
export type JoinRequest = Schemas["JoinRequest"];
export type GroupPreview = Schemas["GroupPreview"];

export type Entry = Schemas["Entry"];
export type Content = Schemas["Content"];
export type TextContent = Extract<Content, { type: "text" }>;
export type MediaContent = Exclude<Content, TextContent>;
export type MediaKind = MediaContent["type"];
export type MediaRef = Schemas["MediaRef"];
export type MediaPage = Schemas["MediaPage"];
export type MediaUpload = Schemas["MediaUpload"];
export type MediaUrl = Schemas["MediaUrl"];
export type Notice = Schemas["Notice"];
export type EntryPage = Schemas["EntriesPage"];

/** A message that was found. */
export type FoundMessage = Schemas["FoundMessage"];
export type FoundPage = Schemas["SearchPage"];

export type SyncRequest = Schemas["SyncBody"];
export type SyncConversation = Schemas["SyncedConversation"];
export type ReadMarker = Schemas["Marker"];

export type Provider = Schemas["Provider"];
export type SignInNotice = Schemas["SignInNotice"];
export type TokenAnswer = Schemas["Tokens"];

/** `application/problem+json`, RFC 9457. A proxy's document, and one made on this side, has fewer members. */
export type Problem = Partial<Schemas["Problem"]> & Pick<Schemas["Problem"], "status" | "code">;

/** Bodies of the MESSAGE frames on `/user/queue/events`. */
export type WireEvent = Schemas["Event"];

/** Low-rate events of one's own log: those that `/sync` replays after a given `user_seq`. */
export type UserEvent = Extract<
  WireEvent,
  {
    type:
      | "friend_request"
      | "friend"
      | "friend_removed"
      | "profile"
      | "conversation"
      | "conversation_removed"
      | "join_request"
      | "block";
  }
>;

/** The document says "events" of `user_events`; those of one's own log are the only ones ever replayed. */
export type SyncAnswer = Omit<Schemas["SyncAnswer"], "user_events"> & { user_events: UserEvent[] };

/** A list, page by page: the document names one such schema for each kind of item. */
export type Page<T> = Omit<Schemas["List_User"], "items"> & { items: T[] };
