import type { DBSchema, IDBPDatabase } from "idb";
import { EARLIER_DRAFTS, type EarlierDraft } from "./draft-loss";
import type { Journey } from "./state";

/** What this device alone knows of its user: texts that were replaced in it, and the way of messages sent from it. */
export interface OwnMemory {
  /** Keeps a text that gave way to another one; of a conversation the last ones are kept. */
  keepDraft(conversationId: string, draft: EarlierDraft): Promise<void>;
  /** What was kept of a conversation since a time, newest first. */
  earlierDrafts(conversationId: string, since: number): Promise<EarlierDraft[]>;
  /** Adds steps to those that are known of the same message. */
  keepJourney(journey: Journey): Promise<void>;
  /** What is known of the way of a message that was sent from this device. */
  journey(clientMsgId: string): Promise<Journey | undefined>;
}

export interface OwnMemorySchema extends DBSchema {
  earlier_drafts: {
    key: number;
    value: EarlierDraft & { conversationId: string };
    indexes: { conversation: string };
  };
  /** With the time of the last step, by which old ones go. */
  journeys: { key: string; value: Journey & { at: number }; indexes: { age: number } };
}

type Database = IDBPDatabase<OwnMemorySchema>;

/** As long as the server remembers a message's id. */
const JOURNEY_LIFE_MS = 30 * 24 * 3_600_000;

export function createOwnMemory(database: Database): void {
  const earlier = database.createObjectStore("earlier_drafts", { autoIncrement: true });
  earlier.createIndex("conversation", "conversationId");
  const journeys = database.createObjectStore("journeys", { keyPath: "clientMsgId" });
  journeys.createIndex("age", "at");
}

export function ownMemory(db: Database): OwnMemory {
  return {
    keepDraft: (id, draft) => keepDraft(db, id, draft),
    earlierDrafts: (id, since) => earlierDrafts(db, id, since),
    keepJourney: (journey) => keepJourney(db, journey),
    journey: (clientMsgId) => db.get("journeys", clientMsgId),
  };
}

async function keepDraft(db: Database, conversationId: string, draft: EarlierDraft): Promise<void> {
  const { store, done } = db.transaction("earlier_drafts", "readwrite");
  await store.add({ ...draft, conversationId });
  const keys = await store.index("conversation").getAllKeys(conversationId);
  for (const key of keys.slice(0, -EARLIER_DRAFTS)) await store.delete(key);
  await done;
}

async function keepJourney(db: Database, journey: Journey): Promise<void> {
  const { store, done } = db.transaction("journeys", "readwrite");
  const known = await store.get(journey.clientMsgId);
  const steps = [...(known?.steps ?? []), ...journey.steps].sort((a, b) => a.at - b.at);
  const at = steps.at(-1)?.at ?? 0;
  await store.put({ ...journey, steps, at });
  for (const key of await store.index("age").getAllKeys(IDBKeyRange.upperBound(at - JOURNEY_LIFE_MS))) {
    await store.delete(key);
  }
  await done;
}

async function earlierDrafts(db: Database, conversationId: string, since: number): Promise<EarlierDraft[]> {
  const kept = await db.getAllFromIndex("earlier_drafts", "conversation", conversationId);
  return kept
    .filter(({ savedAt }) => savedAt >= since)
    .map(({ conversationId: _id, ...draft }) => draft)
    .reverse();
}
