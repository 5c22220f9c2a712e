import type { Conversation, Entry } from "@/api/types";
import { isFolded } from "@/chat/names";
import { replyTargetOf } from "@/realtime/quoting";
import { sameDay } from "@/i18n/format";
import type { Outgoing, PendingMessage, Timeline } from "@/realtime/state";
import type { Fill } from "./slice";

/** Longest pause inside a group of messages. */
const GROUP_MS = 5 * 60_000;

export type Receipt = { state: "sent"; at: number } | { state: "read"; at: number; readers: number };

interface MessageBase {
  /** Stays the same when a pending message becomes an entry, so that its row does too. */
  key: string;
  /** Opens a group: name, avatar and the pointed corner. */
  first: boolean;
  own: boolean;
  /** The reply target; null when it cannot be seen. */
  quote?: Entry | null;
  quoteSeq?: number;
  /** The reply target is by somebody the reader blocked, in a group. */
  quoteBlocked?: boolean;
}

export interface EntryRow extends MessageBase {
  type: "message";
  entry: Entry;
  unsending: boolean;
  /** By somebody the reader blocked, in a group. */
  blocked: boolean;
  receipt?: Receipt;
  /** The first of a group that has a receipt, which tells the time. */
  timed?: true;
}

export interface PendingRow extends MessageBase {
  type: "pending";
  pending: PendingMessage;
}

export type LogRow =
  | { type: "day"; key: string; time: number }
  | { type: "unread"; key: string }
  | { type: "notice"; key: string; entry: Entry }
  | { type: "gap"; key: string; afterSeq: number; beforeSeq: number; fill: Fill; failed: boolean }
  | EntryRow
  | PendingRow;

export interface RowsInput {
  conversation: Conversation;
  timeline: Timeline;
  pending: PendingMessage[];
  me: string;
  blocked: Record<string, true>;
  /** Keys `conversationId:seq`. */
  unsending: Record<string, true>;
  /** Read markers of the others by user. */
  reads: Record<string, number>;
  /** Server time minus local time, in ms; pending messages have local times. */
  clockOffsetMs: number;
}

function keyOf(entry: Entry, own: boolean): string {
  return own && entry.client_msg_id ? `m-${entry.client_msg_id}` : `s-${entry.seq}`;
}

/** How many others have read up to `seq`. */
function readersOf(conversation: Conversation, reads: Record<string, number>, me: string, seq: number): number {
  if (conversation.kind === "direct") return (conversation.peer_read_seq ?? 0) >= seq ? 1 : 0;
  let readers = 0;
  for (const user in reads) if (user !== me && (reads[user] ?? 0) >= seq) readers += 1;
  return readers;
}

/** What a log shows, from oldest to newest: messages in groups, days, the unread line, gaps, what is on its way. */
export function buildRows(input: RowsInput): LogRow[] {
  const { conversation, timeline, me } = input;
  const bySeq = new Map<number, Entry>();
  for (const item of timeline.items) if (item.type === "entry") bySeq.set(item.entry.seq, item.entry);

  const rows: LogRow[] = [];
  let day: number | undefined;
  let group: { sender: string; at: number } | undefined;
  let unreadShown = timeline.unreadFrom === undefined;

  const quoteOf = (content: Entry["content"] | Outgoing): Pick<MessageBase, "quote" | "quoteSeq" | "quoteBlocked"> => {
    const seq = replyTargetOf(content);
    if (seq === undefined) return {};
    const quote = bySeq.get(seq) ?? timeline.quoted[seq] ?? null;
    const quoteBlocked = quote !== null && isFolded(conversation, quote.sender_id, input.blocked);
    return { quoteSeq: seq, quote, ...(quoteBlocked && { quoteBlocked }) };
  };
  const startDay = (at: number, key: string) => {
    if (day !== undefined && sameDay(day, at)) return;
    rows.push({ type: "day", key: `day-${key}`, time: at });
    day = at;
    group = undefined;
  };
  const join = (sender: string, at: number): boolean => {
    const first = group?.sender !== sender || at - group.at > GROUP_MS;
    group = { sender, at };
    return first;
  };

  for (const item of timeline.items) {
    if (item.type === "gap") {
      rows.push({
        type: "gap",
        key: `gap-${item.afterSeq}-${item.beforeSeq}`,
        afterSeq: item.afterSeq,
        beforeSeq: item.beforeSeq,
        // Above everything else it is met by scrolling up.
        fill: rows.length === 0 ? "older" : "newer",
        failed: item.error !== undefined,
      });
      group = undefined;
      continue;
    }
    const { entry } = item;
    const own = entry.sender_id === me;
    const at = Date.parse(entry.server_time);
    startDay(at, String(entry.seq));
    // Above what is new to the reader: notices are not counted as unread, nor are own words, of another device.
    if (!unreadShown && entry.seq >= (timeline.unreadFrom ?? 0) && entry.kind === "message" && !own) {
      rows.push({ type: "unread", key: `unread-${entry.seq}` });
      unreadShown = true;
      group = undefined;
    }
    if (entry.kind === "notice") {
      rows.push({ type: "notice", key: `s-${entry.seq}`, entry });
      group = undefined;
      continue;
    }
    rows.push({
      type: "message",
      key: keyOf(entry, own),
      entry,
      own,
      first: join(entry.sender_id, at),
      unsending: input.unsending[`${conversation.id}:${entry.seq}`] === true,
      blocked: !own && isFolded(conversation, entry.sender_id, input.blocked),
      ...(entry.unsent ? {} : quoteOf(entry.content)),
    });
  }

  addReceipts(rows, input);

  // What is on its way comes after everything the server has put in order.
  if (!timeline.hasNewer) {
    for (const pending of input.pending) {
      if (pending.confirmedSeq !== undefined && bySeq.has(pending.confirmedSeq)) continue;
      const at = pending.createdAt + input.clockOffsetMs;
      startDay(at, pending.clientMsgId);
      rows.push({
        type: "pending",
        key: `m-${pending.clientMsgId}`,
        pending,
        own: true,
        first: join(me, at),
        ...quoteOf(pending.content),
      });
    }
  }
  return rows;
}

/** A line below the last own message that was read and the last one that was only sent. */
function addReceipts(rows: LogRow[], { conversation, reads, me, timeline }: RowsInput): void {
  if (timeline.hasNewer) return;
  let sentShown = false;
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    const row = rows[i];
    if (row?.type !== "message" || !row.own || row.entry.unsent || row.unsending) continue;
    const at = Date.parse(row.entry.server_time);
    const readers = readersOf(conversation, reads, me, row.entry.seq);
    if (readers === 0 && sentShown) continue;
    row.receipt = readers > 0 ? { state: "read", at, readers } : { state: "sent", at };
    const opening = rows.slice(0, i + 1).findLast((each) => "first" in each && each.first);
    if (opening?.type === "message") opening.timed = true;
    if (readers > 0) return;
    sentShown = true;
  }
}
