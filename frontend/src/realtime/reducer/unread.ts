import type { Entry } from "@/api/types";
import type { ChatState, UnreadBasis } from "../state";
import type { Change } from "./change";
import { covers } from "./timeline";

/** The server counts no further: this figure means "more than 99". */
const UNREAD_CAP = 100;

/**
 * Unread = messages above the read marker that are not own, not unsent and not by somebody one blocks: the server's
 * rule. A device does not hold every entry, so it counts on from the server's figure for a `seq`.
 */
export function counts(state: ChatState, entry: Entry): boolean {
  return (
    entry.kind === "message" &&
    !entry.unsent &&
    entry.sender_id !== state.sync.userId &&
    !state.sync.blocked[entry.sender_id]
  );
}

export function countEntry(change: Change, entry: Entry): void {
  const id = entry.conversation_id;
  const basis = change.state.sync.unread[id];
  const readSeq = change.state.conversations[id]?.read_seq ?? 0;
  if (!basis || entry.seq <= basis.seq || entry.seq <= readSeq || !counts(change.state, entry)) return;
  setBasis(change, id, { ...basis, later: [...basis.later, entry.seq] });
}

/** Takes an erased message out of the count. `unsend` is by the author of its target. */
export function uncountTarget(change: Change, unsend: Entry, target: number): void {
  const id = unsend.conversation_id;
  const basis = change.state.sync.unread[id];
  const readSeq = change.state.conversations[id]?.read_seq ?? 0;
  if (!basis || unsend.seq <= basis.seq || target <= readSeq) return;
  if (target > basis.seq) {
    setBasis(change, id, { ...basis, later: basis.later.filter((seq) => seq !== target) });
  } else if (unsend.sender_id !== change.state.sync.userId && !change.state.sync.blocked[unsend.sender_id]) {
    // A capped figure does not say how many more there are.
    if (basis.count >= UNREAD_CAP) change.effect({ type: "refresh", conversationId: id });
    else setBasis(change, id, { ...basis, count: Math.max(0, basis.count - 1) });
  }
}

/** Moves the own read marker; it never goes back. From another device it may be ahead of what has arrived here. */
export function advanceRead(change: Change, id: string, readSeq: number): void {
  const conversation = change.state.conversations[id];
  if (!conversation || readSeq <= conversation.read_seq) return;
  change.write("conversations")[id] = { ...conversation, read_seq: readSeq };
  change.persist(id);
  const basis = change.state.sync.unread[id];
  if (!basis) return;
  const later = basis.later.filter((other) => other > readSeq);
  if (readSeq >= basis.seq || basis.count === 0) return setBasis(change, id, { ...basis, count: 0, later });
  const count = countBetween(change.state, id, readSeq, basis.seq);
  if (count === undefined) change.effect({ type: "refresh", conversationId: id });
  setBasis(change, id, { ...basis, count: count ?? basis.count, later });
}

/** The server's figure: `unread` at `readSeq`, for everything up to `throughSeq`. An older one than ours is ignored. */
export function adoptUnread(change: Change, id: string, unread: number, readSeq: number, throughSeq: number): void {
  const basis = change.state.sync.unread[id];
  const ours = change.state.conversations[id]?.read_seq ?? 0;
  if (basis && throughSeq < basis.seq) return;
  const later = basis?.later.filter((seq) => seq > throughSeq) ?? [];
  let count = unread;
  if (ours > readSeq) {
    // The server has not heard of our marker yet, so its count includes what was read since.
    count = ours >= throughSeq ? 0 : (countBetween(change.state, id, ours, throughSeq) ?? unread);
  }
  setBasis(change, id, { count, seq: throughSeq, later });
}

/** Asks for the count again after the set of blocked people changed: it may fall, or rise from nothing. */
export function recount(change: Change, id: string): void {
  const conversation = change.state.conversations[id];
  if (!conversation || conversation.read_seq >= conversation.last_seq) return;
  change.effect({ type: "refresh", conversationId: id });
}

function countBetween(state: ChatState, id: string, afterSeq: number, throughSeq: number): number | undefined {
  const timeline = state.timelines[id];
  if (!timeline || !covers(timeline.ranges, afterSeq + 1, throughSeq)) return undefined;
  return timeline.entries.filter((entry) => entry.seq > afterSeq && entry.seq <= throughSeq && counts(state, entry))
    .length;
}

function setBasis(change: Change, id: string, basis: UnreadBasis): void {
  change.writeSync("unread")[id] = basis;
  const conversation = change.state.conversations[id];
  if (!conversation) return;
  const gone = conversation.state === "left" || conversation.state === "kicked";
  const unread = gone ? 0 : basis.count + basis.later.length;
  if (unread !== conversation.unread) change.write("conversations")[id] = { ...conversation, unread };
}
