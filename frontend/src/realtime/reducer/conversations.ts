import type { Conversation, Entry } from "@/api/types";
import type { Change } from "./change";
import { dropMutedToasts, dropReadToasts } from "./attention";
import { adoptDraft } from "./drafts";
import { drain, hearHead } from "./entries";
import { withoutErased } from "./erase";
import { briefOf, mergeUsers } from "./people";
import { advanceRead, adoptUnread } from "./unread";

/** A conversation as the server tells it, from an event, an answer or `/sync`. */
export function applyConversation(change: Change, incoming: Conversation): void {
  const known = change.state.conversations[incoming.id];
  mergeConversation(change, incoming);
  if (!known || change.state.sync.positions[incoming.id] === undefined) {
    // Nothing below the head is missing here: it is history. What arrived before the conversation itself follows on.
    const held = Object.keys(change.state.sync.held[incoming.id] ?? {}).map(Number);
    change.writeSync("positions")[incoming.id] = Math.min(incoming.last_seq, ...held.map((seq) => seq - 1));
    drain(change, incoming.id, true);
  }
  if (isReadable(incoming)) hearHead(change, incoming.id, incoming.last_seq);
}

/** Merges the object alone; positions are the caller's. */
export function mergeConversation(change: Change, incoming: Conversation): void {
  const { id } = incoming;
  const known = change.state.conversations[id];
  const next: Conversation = {
    ...incoming,
    last_entry: newest(change, known?.last_entry, incoming.last_entry),
    last_seq: Math.max(incoming.last_seq, known?.last_seq ?? 0),
    read_seq: Math.max(incoming.read_seq, known?.read_seq ?? 0),
    unread: known?.unread ?? incoming.unread,
  };
  if (known?.peer_read_seq || incoming.peer_read_seq) {
    next.peer_read_seq = Math.max(incoming.peer_read_seq ?? 0, known?.peer_read_seq ?? 0);
  }
  change.write("conversations")[id] = next;
  if (next.peer) mergeUsers(change, [briefOf(next.peer)]);
  adoptUnread(change, id, incoming.unread, incoming.read_seq, incoming.last_seq);
  dropReadToasts(change, id, next.read_seq);
  dropMutedToasts(change, next);
  adoptDraft(change, id, incoming.draft);
  change.persist(id);
}

export function applyRead(change: Change, id: string, userId: string, seq: number): void {
  const conversation = change.state.conversations[id];
  if (!conversation) return;
  if (userId === change.state.sync.userId) {
    advanceRead(change, id, seq);
    dropReadToasts(change, id, change.state.conversations[id]?.read_seq ?? 0);
    return;
  }
  const known = change.state.reads[id];
  if ((known?.[userId] ?? 0) < seq) change.write("reads")[id] = { ...known, [userId]: seq };
  if (conversation.kind === "direct" && (conversation.peer_read_seq ?? 0) < seq) {
    change.write("conversations")[id] = { ...conversation, peer_read_seq: seq };
    change.persist(id);
  }
}

/** Membership ended, or the user hid it. What one could see before stays readable until it is hidden. */
export function applyRemoved(change: Change, id: string, reason: "left" | "kicked" | "hidden"): void {
  if (reason === "hidden") return forgetConversation(change, id);
  const conversation = change.state.conversations[id];
  if (!conversation) return;
  const ended = { state: reason, can_send: false, cannot_send_reason: "not_member", unread: 0 } as const;
  change.write("conversations")[id] = { ...conversation, ...ended };
  dropReadToasts(change, id, Number.MAX_SAFE_INTEGER);
  clearHeld(change, id);
  change.persist(id);
  change.effect({ type: "refresh", conversationId: id });
}

export function forgetConversation(change: Change, id: string): void {
  clearHeld(change, id);
  dropReadToasts(change, id, Number.MAX_SAFE_INTEGER);
  if (change.state.sync.positions[id] !== undefined) delete change.writeSync("positions")[id];
  if (change.state.sync.unread[id]) delete change.writeSync("unread")[id];
  if (change.state.sync.erased[id]) delete change.writeSync("erased")[id];
  if (change.state.conversations[id]) delete change.write("conversations")[id];
  if (change.state.timelines[id]) delete change.write("timelines")[id];
  change.effect({ type: "drop_conversation", conversationId: id });
}

export function isReadable(conversation: Conversation): boolean {
  return conversation.state !== "left" && conversation.state !== "kicked";
}

function clearHeld(change: Change, id: string): void {
  if (change.state.sync.held[id]) delete change.writeSync("held")[id];
  if (change.state.sync.heads[id] !== undefined) delete change.writeSync("heads")[id];
}

function newest(change: Change, known: Entry | null | undefined, incoming: Entry | null | undefined) {
  if (!incoming) return known;
  if (known && (known.seq > incoming.seq || (known.seq === incoming.seq && known.unsent))) return known;
  return withoutErased(change, incoming);
}
