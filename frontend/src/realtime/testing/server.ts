import { ApiError } from "@/api/problem";
import type {
  Content,
  Conversation,
  Entry,
  EntryPage,
  MediaKind,
  MediaRef,
  MediaUpload,
  ReadMarker,
  SyncAnswer,
  SyncRequest,
  User,
  WireEvent,
} from "@/api/types";

interface Room {
  id: string;
  kind: "direct" | "group";
  members: Set<string>;
  entries: Entry[];
  reads: Map<string, number>;
  /** When each member's marker moved last. */
  readAt: Map<string, number>;
}

interface StoredMedia extends Pick<MediaRef, "id" | "name" | "content_type" | "size_bytes"> {
  kind: MediaKind;
  owner: string;
  bytes?: Blob;
  complete: boolean;
}

/** What a client declares of a file. */
export type MediaClaim = Pick<StoredMedia, "kind" | "name" | "content_type" | "size_bytes">;

type Listener = (event: WireEvent) => void;

/** Entries that one page or one conversation of `/sync` holds at most; small, so that tests meet the bounds. */
const PAGE = 10;

const MARKERS_PER_SECOND = 2;

/**
 * A server in memory that keeps the contract: dense `seq`, one entry per (conversation, sender, client_msg_id), unsends
 * that erase, monotonic markers, derived unread, `/sync` by positions. Faults are the tests' business, not its own.
 */
export class FakeServer {
  epoch = "epoch-1";
  /** Accounts that wait for their deletion, and until when. */
  readonly leaving = new Map<string, string>();
  private readonly rooms = new Map<string, Room>();
  private readonly listeners = new Map<string, Set<Listener>>();
  /** Uploads begun and done, in their order. */
  readonly media: StoredMedia[] = [];
  private ids = 1000;
  private readonly markerLimits = new Map<string, { left: number; at: number }>();

  constructor(private readonly now: () => number) {}

  createRoom(id: string, members: string[], kind: "direct" | "group" = "group"): void {
    const reads = new Map(members.map((member) => [member, 0]));
    this.rooms.set(id, { id, kind, members: new Set(members), entries: [], reads, readAt: new Map() });
    for (const member of members) this.publishTo(member, { type: "conversation", conversation: this.view(member, id) });
  }

  tell(userId: string, event: WireEvent): void {
    this.publishTo(userId, event);
  }

  listen(userId: string, listener: Listener): () => void {
    const set = this.listeners.get(userId) ?? new Set();
    this.listeners.set(userId, set.add(listener));
    return () => set.delete(listener);
  }

  send(sender: string, id: string, clientMsgId: string, content: Content, viewedSeq?: number): Entry {
    const room = this.room(sender, id);
    const stored = room.entries.find((entry) => entry.sender_id === sender && entry.client_msg_id === clientMsgId);
    if (stored) {
      if (!stored.unsent && sentForm(stored.content) !== sentForm(content)) throw refusal(409, "id_reused");
      return stored;
    }
    if (!room.members.has(sender)) throw refusal(403, "not_member");
    if (viewedSeq !== undefined) this.read(sender, id, viewedSeq);
    const filled = content.type === "text" ? content : { ...content, media: this.mediaRef(sender, content.media.id) };
    return this.append(room, { kind: "message", sender_id: sender, client_msg_id: clientMsgId, content: filled });
  }

  createMedia(owner: string, claim: MediaClaim): MediaUpload {
    const id = String((this.ids += 1));
    this.media.push({ ...claim, id, owner, complete: false });
    const expiresAt = new Date(this.now() + 300_000).toISOString();
    return { media_id: id, upload: { method: "PUT", url: `files/${id}`, headers: {} }, expires_at: expiresAt };
  }

  takeBytes(url: string, bytes: Blob): void {
    const media = this.media.find(({ id }) => url === `files/${id}`);
    if (media) media.bytes = bytes;
  }

  completeMedia(owner: string, id: string): MediaRef {
    const media = this.media.find((each) => each.id === id && each.owner === owner);
    if (!media) throw refusal(404, "not_found");
    if (media.bytes?.size !== media.size_bytes) throw refusal(409, "conflict");
    media.complete = true;
    return this.mediaRef(owner, id);
  }

  /** What nobody refers to goes after a day. */
  forgetMedia(): void {
    this.media.length = 0;
  }

  private mediaRef(owner: string, wanted: string): MediaRef {
    const media = this.media.find((each) => each.id === wanted && each.owner === owner && each.complete);
    if (!media) throw refusal(422, "validation_failed");
    const { id, name, content_type, size_bytes } = media;
    return { id, name, content_type, size_bytes, url: `/api/v1/media/${id}` };
  }

  unsend(sender: string, id: string, seq: number): Entry {
    const room = this.room(sender, id);
    const index = room.entries.findIndex((entry) => entry.seq === seq);
    const target = room.entries[index];
    if (target?.kind !== "message" || target.sender_id !== sender) throw refusal(403, "forbidden");
    const before = room.entries.find((entry) => entry.kind === "unsend" && entry.target_seq === seq);
    if (before) return before;
    const { content: _content, ...rest } = target;
    room.entries[index] = { ...rest, unsent: true };
    return this.append(room, { kind: "unsend", sender_id: sender, target_seq: seq });
  }

  read(userId: string, id: string, seq: number): ReadMarker {
    const room = this.room(userId, id);
    const old = room.reads.get(userId) ?? 0;
    const next = Math.max(old, Math.min(seq, room.entries.length));
    if (next > old) {
      room.reads.set(userId, next);
      room.readAt.set(userId, this.now());
      for (const member of room.members) {
        this.publishTo(member, { type: "read", conversation_id: id, user_id: userId, read_seq: next });
      }
    }
    return { read_seq: next, unread: this.unread(room, userId) };
  }

  /** A marker frame: as {@link read}, but 2 a second from a user, over all conversations. */
  markRead(userId: string, id: string, seq: number): ReadMarker {
    const { left, at } = this.markerLimits.get(userId) ?? { left: MARKERS_PER_SECOND, at: this.now() };
    const now = Math.min(MARKERS_PER_SECOND, left + ((this.now() - at) / 1_000) * MARKERS_PER_SECOND);
    this.markerLimits.set(userId, { left: now < 1 ? now : now - 1, at: this.now() });
    if (now < 1) {
      const retryAfterMs = Math.ceil(((1 - now) / MARKERS_PER_SECOND) * 1_000);
      throw new ApiError({ status: 429, code: "rate_limited" }, retryAfterMs);
    }
    return this.read(userId, id, seq);
  }

  kick(userId: string, id: string): void {
    const room = this.room(userId, id);
    room.members.delete(userId);
    this.publishTo(userId, { type: "conversation_removed", conversation_id: id, reason: "kicked" });
  }

  heads(userId: string): Record<string, number> {
    return Object.fromEntries(this.roomsOf(userId).map((room) => [room.id, room.entries.length]));
  }

  publishTo(userId: string, event: WireEvent): void {
    for (const listener of [...(this.listeners.get(userId) ?? [])]) listener(structuredClone(event));
  }

  view(userId: string, id: string): Conversation {
    const room = this.room(userId, id);
    const peer = room.kind === "direct" ? [...room.members].find((member) => member !== userId) : undefined;
    const last = room.entries.findLast((entry) => entry.kind !== "unsend");
    const active = room.members.has(userId);
    return structuredClone({
      id,
      kind: room.kind,
      ...(peer ? { peer: this.user(peer), peer_read_seq: room.reads.get(peer) ?? 0 } : { name: `Group ${id}` }),
      member_count: room.members.size,
      encrypted: false,
      last_seq: room.entries.length,
      read_seq: room.reads.get(userId) ?? 0,
      unread: active ? this.unread(room, userId) : 0,
      pinned: false,
      ...(last && { last_entry: last }),
      can_send: active,
      state: active ? "active" : "kicked",
      members_version: 1,
    } satisfies Conversation);
  }

  user(id: string): User {
    return { id, username: `User ${id}`, relation: "friend" };
  }

  page(
    userId: string,
    id: string,
    query: { after?: number; before?: number; around?: number; limit?: number },
  ): EntryPage {
    const room = this.room(userId, id);
    const limit = Math.min(query.limit ?? PAGE, PAGE);
    let items: Entry[];
    let more = false;
    if (query.after !== undefined) {
      const rest = room.entries.filter((entry) => entry.seq > (query.after ?? 0));
      items = rest.slice(0, limit);
      more = rest.length > limit;
    } else if (query.around !== undefined) {
      const from = query.around - Math.floor(limit / 2);
      items = room.entries.filter((entry) => entry.seq >= from && entry.seq < from + limit);
    } else {
      const rest = room.entries.filter((entry) => entry.seq < (query.before ?? Infinity));
      items = rest.slice(-limit);
      more = rest.length > limit;
    }
    return structuredClone({ items, ...(more && { next: items.at(-1)?.seq }), users: this.users(room), quoted: [] });
  }

  sync(userId: string, request: SyncRequest): SyncAnswer {
    const positions = request.conversations ?? {};
    const rooms = this.roomsOf(userId);
    const ahead = rooms.some((room) => (positions[room.id] ?? 0) > room.entries.length);
    const reload = ahead || (typeof request.epoch === "string" && request.epoch !== this.epoch);
    const asked: Record<string, number> = reload ? {} : positions;
    const answer: SyncAnswer = {
      epoch: this.epoch,
      server_time: new Date(this.now()).toISOString(),
      users: rooms.flatMap((room) => this.users(room)),
      quoted: [],
      conversations: [],
      removed: Object.keys(asked).filter((id) => !rooms.some((room) => room.id === id)),
      markers: {},
      user_events: [],
      user_events_complete: true,
      user_seq: 0,
      ...(reload && { reload: true }),
    };
    for (const room of rooms) {
      const position = asked[room.id];
      const conversation = this.view(userId, room.id);
      if (position === undefined || position < room.entries.length) {
        const missing = room.entries.slice(position ?? 0);
        const complete = position !== undefined && missing.length <= PAGE;
        answer.conversations.push({ conversation, entries: structuredClone(missing.slice(-PAGE)), complete });
      }
      const movedAt = Math.max(0, ...room.readAt.values());
      if (request.markers_since && movedAt < Date.parse(request.markers_since)) continue;
      const { read_seq, peer_read_seq, unread } = conversation;
      answer.markers[room.id] = { read_seq, unread, ...(peer_read_seq && { peer_read_seq }) };
    }
    return answer;
  }

  /** Forgets the newest entries, as a restored backup does. */
  restoreBackup(id: string, entries: number): void {
    const room = this.rooms.get(id);
    if (room) room.entries.length = entries;
    this.epoch = `${this.epoch}+`;
  }

  private append(room: Room, part: Pick<Entry, "kind" | "sender_id"> & Partial<Entry>): Entry {
    const entry: Entry = {
      ...part,
      conversation_id: room.id,
      seq: room.entries.length + 1,
      id: String((this.ids += 1)),
      server_time: new Date(this.now()).toISOString(),
    };
    room.entries.push(entry);
    for (const member of room.members) {
      this.publishTo(member, { type: "entry", conversation_id: room.id, seq: entry.seq, entry });
    }
    return entry;
  }

  private unread(room: Room, userId: string): number {
    const readSeq = room.reads.get(userId) ?? 0;
    return room.entries.filter(
      (entry) => entry.kind === "message" && entry.seq > readSeq && entry.sender_id !== userId && !entry.unsent,
    ).length;
  }

  private users(room: Room) {
    return [...room.reads.keys()].map((id) => ({ id, username: `User ${id}` }));
  }

  private roomsOf(userId: string): Room[] {
    return [...this.rooms.values()].filter((room) => room.members.has(userId));
  }

  private room(userId: string, id: string): Room {
    const room = this.rooms.get(id);
    if (!room?.reads.has(userId)) throw refusal(404, "not_found");
    return room;
  }
}

/** What a retry must not change: of a media object only which it is. */
function sentForm(content: Content | null | undefined): string {
  return JSON.stringify(content && "media" in content ? { ...content, media: { id: content.media.id } } : content);
}

function refusal(status: number, code: string): ApiError {
  return new ApiError({ status, code });
}
