import type { Entry } from "@/api/types";
import { replyTargetOf } from "../quoting";
import { announce, clearTyping } from "./attention";
import type { Change } from "./change";
import { applyUnsend, withoutErased } from "./erase";
import { settlePending } from "./outbox";
import { dropJoinRequest } from "./people";
import { covers, derive, insertPiece } from "./timeline";
import { newestOf } from "./trim";
import { countEntry } from "./unread";

/** Entries kept above a hole, per conversation; beyond that only the head is remembered and fetched. */
export const MAX_HELD = 200;

/** Entries kept of a timeline that no view shows, before all but the newest go. */
const MAX_UNSEEN = 200;

/**
 * Takes an entry at its place: the next one is applied, a known one dropped, one above a hole held until the hole is
 * fetched. So every device shows one order, whatever order things arrive in, and each entry once.
 */
export function receiveEntry(change: Change, entry: Entry, arrived: boolean): void {
  const id = entry.conversation_id;
  const position = change.state.sync.positions[id];
  if (position === undefined || !change.state.conversations[id]) {
    hold(change, entry);
    change.effect({ type: "refresh", conversationId: id });
  } else if (entry.seq === position + 1) {
    commit(change, entry, arrived);
    change.persist(id, [entry], [entry.seq, entry.seq]);
    drain(change, id, arrived);
  } else if (entry.seq > position) {
    hold(change, entry);
    change.effect({ type: "fetch", conversationId: id });
  }
}

/** Takes a piece that is complete for `afterSeq < seq <= throughSeq`; holes inside it are not visible to this user. */
export function receiveSpan(change: Change, id: string, afterSeq: number, throughSeq: number, entries: Entry[]): void {
  const position = change.state.sync.positions[id];
  if (position === undefined || afterSeq > position) return;
  const fresh = entries.filter((entry) => entry.seq > position && entry.seq <= throughSeq);
  for (const entry of fresh) commit(change, entry, false);
  if (throughSeq > position) {
    change.writeSync("positions")[id] = throughSeq;
    insertIfOpen(change, id, [], [position + 1, throughSeq]);
    raiseHead(change, id, throughSeq);
    change.persist(id, fresh, [position + 1, throughSeq]);
  }
  drain(change, id, true);
}

/** Applies what was held directly above the position, and forgets what is below it. */
export function drain(change: Change, id: string, arrived: boolean): void {
  const held = change.state.sync.held[id];
  let position = change.state.sync.positions[id] ?? 0;
  if (held) {
    const rest = { ...held };
    for (let next = rest[position + 1]; next; next = rest[position + 1]) {
      commit(change, next, arrived);
      change.persist(id, [next], [next.seq, next.seq]);
      position = next.seq;
    }
    for (const seq of Object.keys(rest)) if (Number(seq) <= position) delete rest[Number(seq)];
    if (Object.keys(rest).length > 0) change.writeSync("held")[id] = rest;
    else delete change.writeSync("held")[id];
  }
  const head = change.state.sync.heads[id];
  if (head === undefined) return;
  if (head <= position) delete change.writeSync("heads")[id];
  else change.effect({ type: "fetch", conversationId: id });
}

/** Remembers a head that was heard of, and asks for what lies below it. */
export function hearHead(change: Change, id: string, seq: number): void {
  const position = change.state.sync.positions[id];
  if (position === undefined) return change.effect({ type: "refresh", conversationId: id });
  if (seq <= position) return;
  if (seq > (change.state.sync.heads[id] ?? 0)) change.writeSync("heads")[id] = seq;
  change.effect({ type: "fetch", conversationId: id });
}

function hold(change: Change, entry: Entry): void {
  const id = entry.conversation_id;
  const held = change.state.sync.held[id] ?? {};
  if (entry.seq > (change.state.sync.heads[id] ?? 0)) change.writeSync("heads")[id] = entry.seq;
  if (held[entry.seq] || Object.keys(held).length >= MAX_HELD) return;
  change.writeSync("held")[id] = { ...held, [entry.seq]: entry };
}

function raiseHead(change: Change, id: string, seq: number): void {
  const conversation = change.state.conversations[id];
  if (conversation && conversation.last_seq < seq) {
    change.write("conversations")[id] = { ...conversation, last_seq: seq };
  }
}

function insertIfOpen(change: Change, id: string, entries: Entry[], range: readonly [number, number]): void {
  const timeline = change.state.timelines[id];
  if (!timeline) return;
  const position = change.state.sync.positions[id] ?? 0;
  const next = insertPiece(timeline, entries, range, position);
  const outgrown = !next.open && next.entries.length > MAX_UNSEEN;
  change.write("timelines")[id] = outgrown ? derive(newestOf(next), position) : next;
}

/** Answers of the server bring what their entries answer; a live entry comes alone. */
function askForQuote(change: Change, { conversation_id: id, content }: Entry): void {
  const timeline = change.state.timelines[id];
  const target = replyTargetOf(content);
  if (!timeline?.open || target === undefined) return;
  if (timeline.quoted[target] || covers(timeline.ranges, target, target)) return;
  change.effect({ type: "quote", conversationId: id, seq: target });
}

function commit(change: Change, raw: Entry, arrived: boolean): void {
  const entry = withoutErased(change, raw);
  const id = entry.conversation_id;
  change.writeSync("positions")[id] = entry.seq;
  raiseHead(change, id, entry.seq);
  insertIfOpen(change, id, [entry], [entry.seq, entry.seq]);
  askForQuote(change, entry);
  if (entry.kind === "unsend") {
    applyUnsend(change, entry);
    return;
  }
  const conversation = change.state.conversations[id];
  if (conversation && (conversation.last_entry?.seq ?? 0) < entry.seq) {
    change.write("conversations")[id] = { ...conversation, last_entry: entry };
  }
  if (arrived && mentioned(entry).some((userId) => !isNamed(change, userId))) {
    change.effect({ type: "name", conversationId: id, seq: entry.seq });
  }
  if (entry.notice?.type === "joined") dropJoinRequest(change, id, entry.notice.user_id);
  if (entry.kind === "message") {
    countEntry(change, entry);
    settlePending(change, entry);
    clearTyping(change, id, entry.sender_id);
    if (arrived) announce(change, entry);
  }
}

/** Live entries carry ids only; answers of the server name the people in them. */
function mentioned({ sender_id, notice }: Entry): string[] {
  return [sender_id, notice?.user_id, notice?.by].filter((userId) => userId !== undefined && userId !== null);
}

function isNamed({ state }: Change, userId: string): boolean {
  return userId === state.sync.userId || state.users[userId] !== undefined || state.friends[userId] !== undefined;
}
