import type { Effect } from "./events";
import type { ChatState } from "./state";
import type { Batch, ChatStore, Meta } from "./store";

/** Collects what the reducer wants stored and writes it, one transaction at a time. */
export interface Persister {
  take(effect: Effect, leader: boolean): void;
  /** Resolves when everything taken so far is stored. */
  flush(): Promise<void>;
}

interface Dirty {
  conversations: Set<string>;
  users: Set<string>;
  pending: Set<string>;
  drafts: Set<string>;
  dropped: Set<string>;
  emptied: Set<string>;
  entries: NonNullable<Batch["entries"]>;
  ranges: NonNullable<Batch["ranges"]>;
  meta: boolean;
  dropHistory: boolean;
  any: boolean;
}

function clean(): Dirty {
  return {
    conversations: new Set(),
    users: new Set(),
    pending: new Set(),
    drafts: new Set(),
    dropped: new Set(),
    emptied: new Set(),
    entries: [],
    ranges: [],
    meta: false,
    dropHistory: false,
    any: false,
  };
}

export function createPersister(
  store: ChatStore,
  getState: () => ChatState,
  onError: (error: unknown) => void,
): Persister {
  let dirty = clean();
  let writing: Promise<void> | undefined;

  /** Conversations are read when the transaction starts, so each is stored with the entries its position counts. */
  async function write(): Promise<void> {
    // One turn of the event loop gathers what one event, or one burst of them, changes.
    await Promise.resolve();
    while (dirty.any) {
      const batch = batchOf(dirty, getState());
      dirty = clean();
      await store.commit(batch).catch(onError);
    }
    writing = undefined;
  }

  return {
    take(effect, leader) {
      // Beside the transactions that a message waits for before it leaves.
      if (effect.type === "keep_journey" && leader) store.keepJourney(effect.journey).catch(onError);
      if (!collect(dirty, effect, leader)) return;
      dirty.any = true;
      writing ??= write();
    },
    flush: () => writing ?? Promise.resolve(),
  };
}

/**
 * Only the leader stores what everybody sees. Another tab stores what it alone has: pages it loaded, messages and drafts
 * written in it. A position stored by it could run ahead of the entries that the leader is still writing.
 */
function collect(dirty: Dirty, effect: Effect, leader: boolean): boolean {
  switch (effect.type) {
    case "persist":
      if (!leader && effect.entries.length === 0 && !effect.range) return false;
      if (leader) dirty.conversations.add(effect.conversationId);
      dirty.entries.push(...effect.entries);
      if (effect.range) dirty.ranges.push({ conversationId: effect.conversationId, range: effect.range });
      return true;
    case "persist_users":
      if (leader) for (const id of effect.ids) dirty.users.add(id);
      return leader;
    case "persist_meta":
      if (leader) dirty.meta = true;
      return leader;
    case "persist_pending":
      for (const id of effect.clientMsgIds) dirty.pending.add(id);
      return true;
    case "persist_draft":
      dirty.drafts.add(effect.conversationId);
      return true;
    case "drop_history":
      if (!leader) return false;
      Object.assign(dirty, { ...dirty, entries: [], ranges: [], dropHistory: true });
      dirty.conversations.clear();
      return true;
    case "drop_conversation":
      if (!leader) return false;
      dirty.dropped.add(effect.conversationId);
      dirty.conversations.delete(effect.conversationId);
      discard(dirty, effect.conversationId);
      return true;
    case "drop_entries":
      if (!leader) return false;
      dirty.emptied.add(effect.conversationId);
      discard(dirty, effect.conversationId);
      return true;
    default:
      return false;
  }
}

/** Entries that wait to be stored but are void. */
function discard(dirty: Dirty, id: string): void {
  dirty.entries = dirty.entries.filter((entry) => entry.conversation_id !== id);
  dirty.ranges = dirty.ranges.filter((range) => range.conversationId !== id);
}

function batchOf(dirty: Dirty, state: ChatState): Batch {
  const outbox = new Map(Object.values(state.outbox).flatMap((list) => list.map((item) => [item.clientMsgId, item])));
  const pending = [...dirty.pending];
  const drafts = [...dirty.drafts];
  const known = [...dirty.conversations];
  return {
    entries: dirty.entries,
    ranges: dirty.ranges,
    conversations: present(known, state.conversations),
    positions: Object.fromEntries(
      known.flatMap((id) => (state.sync.positions[id] === undefined ? [] : [[id, state.sync.positions[id]]])),
    ),
    users: present([...dirty.users], state.users),
    putPending: pending.flatMap((id) => outbox.get(id) ?? []),
    removePending: pending.filter((id) => !outbox.has(id)),
    putDrafts: Object.fromEntries(drafts.flatMap((id) => (state.drafts[id] ? [[id, state.drafts[id]]] : []))),
    removeDrafts: drafts.filter((id) => !state.drafts[id]),
    dropConversations: [...dirty.dropped],
    dropEntries: [...dirty.emptied],
    dropHistory: dirty.dropHistory,
    ...(dirty.meta && { meta: metaOf(state) }),
  };
}

function metaOf(state: ChatState): Meta {
  const { epoch, userSeq, serverTime, blocked } = state.sync;
  return {
    userSeq,
    friends: Object.values(state.friends),
    requests: state.requests,
    blocked: Object.keys(blocked),
    ...(epoch !== undefined && { epoch }),
    ...(serverTime !== undefined && { serverTime }),
    ...(state.me && { me: state.me }),
  };
}

function present<T>(ids: string[], items: Record<string, T>): T[] {
  return ids.flatMap((id) => items[id] ?? []);
}
