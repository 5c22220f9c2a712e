import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Conversation, Entry, FriendRequest, User } from "@/api/types";
import type { Stored } from "./events";
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
  newest(conversationId: string, limit: number): Promise<{ entries: Entry[]; ranges: Range[] }>;
  /** Entries directly below `beforeSeq`, as far as they are known without a hole; undefined when they are not. */
  before(
    conversationId: string,
    beforeSeq: number,
    limit: number,
  ): Promise<{ entries: Entry[]; range: Range } | undefined>;
  /** All of it or nothing. */
  commit(batch: Batch): Promise<void>;
  /** Forgets everything about this user. */
  wipe(): Promise<void>;
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
    before: (id, seq, limit) => before(db, id, seq, limit),
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
  if (!last) return { entries: [], ranges: [] };
  const piece = await entriesIn(db, id, last, limit);
  return { entries: piece.entries, ranges: [piece.range] };
}

async function before(db: Database, id: string, beforeSeq: number, limit: number) {
  const ranges = (await db.get("positions", id))?.ranges ?? [];
  const around = ranges.find((range) => range[0] < beforeSeq && range[1] >= beforeSeq - 1);
  return around && entriesIn(db, id, [around[0], beforeSeq - 1], limit);
}

/** The last `limit` entries of a range; the result's range begins where they do. */
async function entriesIn(
  db: Database,
  id: string,
  range: Range,
  limit: number,
): Promise<{ entries: Entry[]; range: Range }> {
  const entries: Entry[] = [];
  const keys = IDBKeyRange.bound([id, range[0]], [id, range[1]]);
  let cursor = await db.transaction("entries").store.openCursor(keys, "prev");
  while (cursor && entries.length < limit) {
    entries.unshift(cursor.value);
    cursor = await cursor.continue();
  }
  const from = cursor ? (entries[0]?.seq ?? range[0]) : range[0];
  return { entries, range: [from, range[1]] };
}

async function commit(db: Database, batch: Batch, keepFiles: boolean): Promise<void> {
  const tx = db.transaction(STORES, "readwrite");
  const entries = tx.objectStore("entries");
  const positions = tx.objectStore("positions");
  if (batch.dropHistory) {
    await Promise.all([entries.clear(), positions.clear(), tx.objectStore("conversations").clear()]);
  }
  for (const id of batch.dropConversations ?? []) {
    await entries.delete(IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]));
    await positions.delete(id);
    await tx.objectStore("conversations").delete(id);
  }
  for (const id of batch.dropEntries ?? []) {
    await entries.delete(IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]));
    await positions.delete(id);
  }
  for (const entry of batch.entries ?? []) {
    const key: [string, number] = [entry.conversation_id, entry.seq];
    const gone = !entry.unsent && entry.kind === "message" && (await entries.index("targets").count(key)) > 0;
    await entries.put(gone ? eraseEntry(entry) : entry);
    if (entry.kind !== "unsend" || !entry.target_seq) continue;
    const target = await entries.get([entry.conversation_id, entry.target_seq]);
    if (target && !target.unsent) await entries.put(eraseEntry(target));
  }
  for (const { conversationId, range } of batch.ranges ?? []) {
    const known = await positions.get(conversationId);
    await positions.put({
      ...known,
      conversation_id: conversationId,
      ranges: mergeRange(known?.ranges ?? [], range),
    });
  }
  for (const [conversationId, seq] of Object.entries(batch.positions ?? {})) {
    const known = await positions.get(conversationId);
    await positions.put({ conversation_id: conversationId, ranges: known?.ranges ?? [], seq });
  }
  for (const conversation of batch.conversations ?? []) await tx.objectStore("conversations").put(conversation);
  for (const user of batch.users ?? []) await tx.objectStore("users").put(user);
  for (const { file, upload: _upload, ...message } of batch.putPending ?? []) {
    await tx.objectStore("outbox").put(message);
    const files = tx.objectStore("files");
    if (keepFiles && file && !(await files.getKey(message.clientMsgId))) await files.put(file, message.clientMsgId);
  }
  for (const id of batch.removePending ?? []) {
    await Promise.all([tx.objectStore("outbox").delete(id), tx.objectStore("files").delete(id)]);
  }
  for (const [conversationId, draft] of Object.entries(batch.putDrafts ?? {})) {
    await tx.objectStore("drafts").put({ ...draft, conversationId });
  }
  for (const id of batch.removeDrafts ?? []) await tx.objectStore("drafts").delete(id);
  if (batch.meta) await tx.objectStore("meta").put(batch.meta, "meta");
  await tx.done;
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
    newest: () => Promise.resolve({ entries: [], ranges: [] }),
    before: () => Promise.resolve(undefined),
    keepDraft: () => Promise.resolve(),
    earlierDrafts: () => Promise.resolve([]),
    keepJourney: () => Promise.resolve(),
    journey: () => Promise.resolve(undefined),
    commit: () => Promise.resolve(),
    wipe: () => Promise.resolve(),
  };
}
