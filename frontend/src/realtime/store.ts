import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import type { Conversation, Entry, FriendRequest, User } from "@/api/types";
import type { Stored } from "./events";
import { replyTargetOf } from "./quoting";
import { createOwnMemory, ownMemory, type OwnMemory, type OwnMemorySchema } from "./own-memory";
import { eraseEntry, mergeRange } from "./reducer/timeline";
import type { DraftState, PendingMessage, Person, Range } from "./state";

/** What this machine remembers of one user. */
export interface ChatStore extends OwnMemory {
  load(): Promise<Stored>;
  pending(): Promise<PendingMessage[]>;
  /** The file of a waiting message, as it was when the message was written. */
  file(clientMsgId: string): Promise<Blob | undefined>;
  /** The newest known entries of a conversation, at most `limit`, and the ranges they are complete for. */
  newest(conversationId: string, limit: number): Promise<{ entries: Entry[]; ranges: Range[]; quoted: Entry[] }>;
  entry(conversationId: string, seq: number): Promise<Entry | undefined>;
  /** Entries directly below `beforeSeq`, as far as they are known without a hole; undefined when they are not. */
  before(conversationId: string, beforeSeq: number, limit: number): Promise<Piece | undefined>;
  /** The same directly above `afterSeq`. */
  after(conversationId: string, afterSeq: number, limit: number): Promise<Piece | undefined>;
  /** All of it or nothing. */
  commit(batch: Batch): Promise<void>;
  /** Forgets everything about this user. */
  wipe(): Promise<void>;
}

/** Entries that are complete for a range. */
export interface Piece {
  entries: Entry[];
  range: Range;
  /** Messages outside it that it answers, as far as they are stored. */
  quoted: Entry[];
}

/** Everything that one transaction writes: entries never without their position. */
export interface Batch {
  meta?: Meta;
  dropHistory?: boolean;
  dropConversations?: string[];
  /** Conversations whose entries go while they themselves stay. */
  dropEntries?: string[];
  conversations?: Conversation[];
  positions?: Record<string, number>;
  entries?: Entry[];
  ranges?: { conversationId: string; range: Range }[];
  users?: Person[];
  putPending?: PendingMessage[];
  removePending?: string[];
  putDrafts?: Record<string, DraftState>;
  removeDrafts?: string[];
}

export interface Meta {
  epoch?: string;
  userSeq: number;
  serverTime?: string;
  me?: User;
  friends: User[];
  requests: FriendRequest[];
  blocked: string[];
}

interface Position {
  conversation_id: string;
  seq?: number;
  ranges: Range[];
}

interface Schema extends DBSchema, OwnMemorySchema {
  meta: { key: string; value: Meta };
  conversations: { key: string; value: Conversation };
  positions: { key: string; value: Position };
  entries: { key: [string, number]; value: Entry; indexes: { targets: [string, number] } };
  users: { key: string; value: Person };
  outbox: { key: string; value: PendingMessage };
  /** Files of messages in the outbox: large, and written once. */
  files: { key: string; value: Blob };
  drafts: { key: string; value: DraftState & { conversationId: string } };
}

type Database = IDBPDatabase<Schema>;

const VERSION = 3;
const STORES = ["meta", "conversations", "positions", "entries", "users", "outbox", "files", "drafts"] as const;

export function storeName(userId: string): string {
  return `kith-${userId}`;
}

/** Opens the store of a user, making it when it is new. */
export async function openStore(userId: string): Promise<ChatStore> {
  const db = await openDB<Schema>(storeName(userId), VERSION, {
    upgrade(database, oldVersion) {
      if (oldVersion < 2) database.createObjectStore("files");
      if (oldVersion < 3) createOwnMemory(ownPart(database));
      if (oldVersion > 0) return;
      database.createObjectStore("meta");
      database.createObjectStore("conversations", { keyPath: "id" });
      database.createObjectStore("positions", { keyPath: "conversation_id" });
      const entries = database.createObjectStore("entries", { keyPath: ["conversation_id", "seq"] });
      // Only unsends have a target: a page fetched before its unsend is cleaned by it when it is stored.
      entries.createIndex("targets", ["conversation_id", "target_seq"]);
      database.createObjectStore("users", { keyPath: "id" });
      database.createObjectStore("outbox", { keyPath: "clientMsgId" });
      database.createObjectStore("drafts", { keyPath: "conversationId" });
    },
    // Another tab wipes or upgrades the store; an open connection would hold it up.
    blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
  });
  return {
    load: () => load(db),
    pending: async () => withFiles(db, inOrder(await db.getAll("outbox"))),
    file: (clientMsgId) => db.get("files", clientMsgId),
    newest: (id, limit) => newest(db, id, limit),
    entry: (id, seq) => db.get("entries", [id, seq]),
    before: (id, seq, limit) => before(db, id, seq, limit),
    after: (id, seq, limit) => after(db, id, seq, limit),
    async commit(batch) {
      try {
        await commit(db, batch, true);
      } catch (error) {
        // A file that there is no room for must not take along what is stored with it.
        if (batch.putPending?.some(({ file }) => file)) await commit(db, batch, false);
        throw error;
      }
    },
    ...ownMemory(ownPart(db)),
    async wipe() {
      db.close();
      await deleteDB(storeName(userId));
    },
  };
}

/** The stores of what this device alone knows. The compiler cannot see that one schema is a part of the other. */
function ownPart(db: Database): IDBPDatabase<OwnMemorySchema> {
  return db as unknown as IDBPDatabase<OwnMemorySchema>;
}

async function load(db: Database): Promise<Stored> {
  const tx = db.transaction(["meta", "conversations", "positions", "users", "outbox", "drafts"]);
  const [meta, conversations, positions, users, outbox, drafts] = await Promise.all([
    tx.objectStore("meta").get("meta"),
    tx.objectStore("conversations").getAll(),
    tx.objectStore("positions").getAll(),
    tx.objectStore("users").getAll(),
    tx.objectStore("outbox").getAll(),
    tx.objectStore("drafts").getAll(),
  ]);
  return {
    ...(meta ?? { userSeq: 0, friends: [], requests: [], blocked: [] }),
    conversations,
    positions: Object.fromEntries(
      positions.flatMap(({ conversation_id, seq }) => (seq === undefined ? [] : [[conversation_id, seq]])),
    ),
    users,
    outbox: await withFiles(db, inOrder(outbox)),
    drafts: Object.fromEntries(drafts.map(({ conversationId, ...draft }) => [conversationId, draft])),
  };
}

function withFiles(db: Database, outbox: PendingMessage[]): Promise<PendingMessage[]> {
  return Promise.all(
    outbox.map(async (message) => {
      const file = message.content.type === "text" ? undefined : await db.get("files", message.clientMsgId);
      return file ? { ...message, file } : message;
    }),
  );
}

/** UUIDs of version 7 sort by the time they were made. */
function inOrder(outbox: PendingMessage[]): PendingMessage[] {
  return outbox.sort((a, b) => a.createdAt - b.createdAt || (a.clientMsgId < b.clientMsgId ? -1 : 1));
}

async function newest(db: Database, id: string, limit: number) {
  const position = await db.get("positions", id);
  const last = position?.ranges.at(-1);
  if (!last) return { entries: [], ranges: [], quoted: [] };
  const { range, ...piece } = await lastIn(db, id, last, limit);
  return { ...piece, ranges: [range] };
}

async function before(db: Database, id: string, beforeSeq: number, limit: number) {
  const ranges = (await db.get("positions", id))?.ranges ?? [];
  const around = ranges.find((range) => range[0] < beforeSeq && range[1] >= beforeSeq - 1);
  return around && lastIn(db, id, [around[0], beforeSeq - 1], limit);
}

async function after(db: Database, id: string, afterSeq: number, limit: number): Promise<Piece | undefined> {
  const ranges = (await db.get("positions", id))?.ranges ?? [];
  const around = ranges.find((range) => range[0] <= afterSeq + 1 && range[1] > afterSeq);
  if (!around) return undefined;
  const entries = await db.getAll("entries", allOf(id, afterSeq + 1, around[1]), limit);
  const to = entries.length < limit ? around[1] : (entries.at(-1)?.seq ?? around[1]);
  return { entries, range: [afterSeq + 1, to], quoted: await quotedBy(db, id, entries) };
}

/** The last `limit` entries of a range; the result's range begins where they do. */
async function lastIn(db: Database, id: string, [first, last]: Range, limit: number): Promise<Piece> {
  let from = last + 1;
  let found: Entry[] = [];
  // Nearly every `seq` is that of an entry to be found, so that the first reach mostly does.
  for (let reach = limit; found.length < limit && from > first; reach *= 2) {
    const to = from - 1;
    from = Math.max(first, from - reach);
    found = [...(await db.getAll("entries", allOf(id, from, to))), ...found];
  }
  const entries = found.slice(-limit);
  if (entries.length < found.length) from = entries[0]?.seq ?? from;
  return { entries, range: [from, last], quoted: await quotedBy(db, id, entries) };
}

/** The messages that `entries` answer and that are not among them. */
async function quotedBy(db: Database, id: string, entries: Entry[]): Promise<Entry[]> {
  const present = new Set(entries.map(({ seq }) => seq));
  const wanted = new Set(
    entries.flatMap((entry) => replyTargetOf(entry.content) ?? []).filter((seq) => !present.has(seq)),
  );
  const found = await Promise.all([...wanted].map((seq) => db.get("entries", [id, seq])));
  return found.flatMap((entry) => entry ?? []);
}

/**
 * Writes are asked for together and not one after the other: what is read meanwhile, such as the chat that somebody
 * opens, waits for the whole transaction, and a sync brings two thousand entries.
 */
async function commit(db: Database, batch: Batch, keepFiles: boolean): Promise<void> {
  const tx = db.transaction(STORES, "readwrite");
  const [conversations, outbox, drafts] = [
    tx.objectStore("conversations"),
    tx.objectStore("outbox"),
    tx.objectStore("drafts"),
  ];
  const work: Promise<unknown>[] = [];
  if (batch.dropHistory) {
    work.push(tx.objectStore("entries").clear(), tx.objectStore("positions").clear(), conversations.clear());
  }
  for (const id of [...(batch.dropConversations ?? []), ...(batch.dropEntries ?? [])]) {
    work.push(tx.objectStore("entries").delete(allOf(id)), tx.objectStore("positions").delete(id));
  }
  for (const id of batch.dropConversations ?? []) work.push(conversations.delete(id));
  work.push(putEntries(tx, batch.entries ?? []), putPositions(tx, batch));
  for (const conversation of batch.conversations ?? []) work.push(conversations.put(conversation));
  for (const user of batch.users ?? []) work.push(tx.objectStore("users").put(user));
  for (const { file, upload: _upload, ...message } of batch.putPending ?? []) {
    work.push(outbox.put(message));
    if (keepFiles && file) work.push(putFile(tx, message.clientMsgId, file));
  }
  for (const id of batch.removePending ?? []) work.push(outbox.delete(id), tx.objectStore("files").delete(id));
  for (const [conversationId, draft] of Object.entries(batch.putDrafts ?? {})) {
    work.push(drafts.put({ ...draft, conversationId }));
  }
  for (const id of batch.removeDrafts ?? []) work.push(drafts.delete(id));
  if (batch.meta) work.push(tx.objectStore("meta").put(batch.meta, "meta"));
  await Promise.all([...work, tx.done]);
}

type Writing = IDBPTransaction<Schema, typeof STORES, "readwrite">;

function allOf(conversationId: string, from = 0, to = Number.MAX_SAFE_INTEGER): IDBKeyRange {
  return IDBKeyRange.bound([conversationId, from], [conversationId, to]);
}

/** A message is stored erased if its unsend is stored or comes with it, and a stored one is erased by an unsend. */
async function putEntries(tx: Writing, entries: Entry[]): Promise<void> {
  const store = tx.objectStore("entries");
  const byConversation = new Map<string, Entry[]>();
  for (const entry of entries) {
    const piece = byConversation.get(entry.conversation_id);
    if (piece) piece.push(entry);
    else byConversation.set(entry.conversation_id, [entry]);
  }
  const pieces = await Promise.all(
    [...byConversation].map(async ([id, piece]) => {
      const seqs = piece.map((entry) => entry.seq);
      const stored = await store.index("targets").getAll(allOf(id, Math.min(...seqs), Math.max(...seqs)));
      const gone = new Set(
        [...stored, ...piece].flatMap(({ kind, target_seq }) => (kind === "unsend" ? target_seq : [])),
      );
      return { id, piece, gone };
    }),
  );
  const work: Promise<unknown>[] = [];
  for (const { id, piece, gone } of pieces) {
    for (const entry of piece) {
      const erased = entry.kind === "message" && !entry.unsent && gone.has(entry.seq);
      work.push(store.put(erased ? eraseEntry(entry) : entry));
    }
    const targets = piece.flatMap(({ kind, target_seq }) => (kind === "unsend" && target_seq ? target_seq : []));
    work.push(...targets.map((seq) => eraseStored(tx, id, seq)));
  }
  await Promise.all(work);
}

async function eraseStored(tx: Writing, conversationId: string, seq: number): Promise<void> {
  const store = tx.objectStore("entries");
  const target = await store.get([conversationId, seq]);
  if (target && !target.unsent) await store.put(eraseEntry(target));
}

async function putPositions(tx: Writing, { ranges = [], positions = {} }: Batch): Promise<void> {
  const store = tx.objectStore("positions");
  const ids = new Set([...ranges.map(({ conversationId }) => conversationId), ...Object.keys(positions)]);
  await Promise.all(
    [...ids].map(async (id) => {
      const known = await store.get(id);
      const added = ranges.filter(({ conversationId }) => conversationId === id);
      await store.put({
        ...known,
        conversation_id: id,
        ranges: added.reduce((all, { range }) => mergeRange(all, range), known?.ranges ?? []),
        ...(positions[id] !== undefined && { seq: positions[id] }),
      });
    }),
  );
}

async function putFile(tx: Writing, clientMsgId: string, file: Blob): Promise<void> {
  const files = tx.objectStore("files");
  if (!(await files.getKey(clientMsgId))) await files.put(file, clientMsgId);
}

/** Where the browser refuses to store anything: everything works but survives no reload. */
export function memoryStore(): ChatStore {
  return {
    load: () =>
      Promise.resolve({
        userSeq: 0,
        friends: [],
        requests: [],
        blocked: [],
        conversations: [],
        positions: {},
        users: [],
        outbox: [],
        drafts: {},
      }),
    pending: () => Promise.resolve([]),
    file: () => Promise.resolve(undefined),
    newest: () => Promise.resolve({ entries: [], ranges: [], quoted: [] }),
    entry: () => Promise.resolve(undefined),
    before: () => Promise.resolve(undefined),
    after: () => Promise.resolve(undefined),
    keepDraft: () => Promise.resolve(),
    earlierDrafts: () => Promise.resolve([]),
    keepJourney: () => Promise.resolve(),
    journey: () => Promise.resolve(undefined),
    commit: () => Promise.resolve(),
    wipe: () => Promise.resolve(),
  };
}
