import { describe, expect, it } from "vitest";
import type { Conversation, Entry } from "@/api/types";
import type { PendingMessage, Timeline } from "@/realtime/state";
import { buildRows, type LogRow, type RowsInput } from "./rows";

const ME = "1";
const NOON = new Date("2026-11-24T12:00:00").getTime();
const MINUTE = 60_000;

function message(seq: number, sender: string, minutes: number, extra: Partial<Entry> = {}): Entry {
  return {
    conversation_id: "9",
    seq,
    id: String(seq),
    kind: "message",
    sender_id: sender,
    server_time: new Date(NOON + minutes * MINUTE).toISOString(),
    content: { type: "text", text: `text ${seq}` },
    ...extra,
  };
}

const notice = (seq: number, minutes: number): Entry => ({
  ...message(seq, "2", minutes),
  kind: "notice",
  content: undefined,
  notice: { type: "joined", user_id: "2", by: "2" },
});

function pending(id: string, minutes: number): PendingMessage {
  return {
    state: "sending",
    clientMsgId: id,
    conversationId: "9",
    content: { type: "text", text: id },
    clientTime: "",
    createdAt: NOON + minutes * MINUTE,
    expiresAt: Number.POSITIVE_INFINITY,
    attempts: 0,
  };
}

function input(entries: Entry[], extra: Partial<RowsInput> = {}, timeline: Partial<Timeline> = {}): RowsInput {
  return {
    conversation: { id: "9", kind: "group" } as Conversation,
    timeline: {
      items: entries.map((entry) => ({ type: "entry", entry })),
      hasOlder: false,
      hasNewer: false,
      loading: "none",
      quoted: {},
      entries,
      ranges: [],
      gapStatus: {},
      openedAt: 0,
      ...timeline,
    },
    pending: [],
    me: ME,
    blocked: {},
    unsending: {},
    reads: {},
    clockOffsetMs: 0,
    ...extra,
  };
}

/** Rows as words: `*` opens a group, `>` continues it. */
function outline(rows: LogRow[]): string {
  return rows
    .map((row) => {
      if (row.type === "message") return `${row.first ? "*" : ">"}${row.entry.seq}`;
      if (row.type === "pending") return `${row.first ? "*" : ">"}${row.pending.clientMsgId}`;
      return row.type;
    })
    .join(" ");
}

describe("grouping", () => {
  it.each<[string, Entry[], Partial<RowsInput>, Partial<Timeline>, string]>([
    ["same sender within five minutes", [message(1, "2", 0), message(2, "2", 5)], {}, {}, "day *1 >2"],
    ["more than five minutes", [message(1, "2", 0), message(2, "2", 5.01)], {}, {}, "day *1 *2"],
    [
      "the pause counts, not the whole",
      [message(1, "2", 0), message(2, "2", 4), message(3, "2", 8)],
      {},
      {},
      "day *1 >2 >3",
    ],
    ["another sender", [message(1, "2", 0), message(2, "3", 0), message(3, "2", 0)], {}, {}, "day *1 *2 *3"],
    ["the topmost, as far as is known", [message(4, "2", 0), message(5, "2", 0)], {}, { hasOlder: true }, "day *4 >5"],
    ["a notice between", [message(1, "2", 0), notice(2, 0), message(3, "2", 0)], {}, {}, "day *1 notice *3"],
    ["midnight", [message(1, "2", 719), message(2, "2", 721)], {}, {}, "day *1 day *2"],
    ["the unread line between", [message(1, "2", 0), message(2, "2", 1)], {}, { unreadFrom: 2 }, "day *1 unread *2"],
    [
      "the unread target was unsent",
      [message(1, "2", 0), message(4, "2", 1)],
      {},
      { unreadFrom: 3 },
      "day *1 unread *4",
    ],
    [
      "the unread line above what is unread, not above a notice or own words before it",
      [message(1, "2", 0), notice(2, 0), message(3, ME, 0), message(4, "2", 0)],
      {},
      { unreadFrom: 2 },
      "day *1 notice *3 unread *4",
    ],
    [
      "on its way joins the own group",
      [message(1, ME, 0)],
      { pending: [pending("a", 1), pending("b", 9)] },
      {},
      "day *1 >a *b",
    ],
    [
      "not at the newest: nothing on its way",
      [message(1, ME, 0)],
      { pending: [pending("a", 1)] },
      { hasNewer: true },
      "day *1",
    ],
    ["empty", [], {}, {}, ""],
  ])("%s", (_, entries, extra, timeline, expected) => {
    expect(outline(buildRows(input(entries, extra, timeline)))).toBe(expected);
  });

  it("breaks at a gap", () => {
    const rows = buildRows(
      input(
        [],
        {},
        {
          items: [
            { type: "entry", entry: message(1, "2", 0) },
            { type: "gap", afterSeq: 1, beforeSeq: 7, loading: false },
            { type: "entry", entry: message(7, "2", 0) },
          ],
        },
      ),
    );
    expect(outline(rows)).toBe("day *1 gap *7");
  });

  it("keeps the key when a pending message is confirmed", () => {
    const before = buildRows(input([], { pending: [pending("a", 0)] }));
    const after = buildRows(input([message(1, ME, 0, { client_msg_id: "a" })]));
    expect(after.map((row) => row.key).at(-1)).toBe(before.map((row) => row.key).at(-1));
  });
});

describe("receipts", () => {
  const three = [message(1, ME, 0), message(2, ME, 1), message(3, ME, 2)];
  const receipts = (rows: LogRow[]) =>
    rows.flatMap((row) => (row.type === "message" && row.receipt ? [`${row.entry.seq}:${row.receipt.state}`] : []));

  it.each<[string, Entry[], Record<string, number>, string[]]>([
    ["nobody read", three, {}, ["3:sent"]],
    ["own marker does not count", three, { [ME]: 3 }, ["3:sent"]],
    ["some read, some not", three, { 2: 2, 3: 1 }, ["2:read", "3:sent"]],
    ["all read", three, { 2: 3 }, ["3:read"]],
    [
      "unsent ones have none",
      [message(1, ME, 0), message(2, ME, 1, { unsent: true, content: undefined })],
      {},
      ["1:sent"],
    ],
    ["others' have none", [message(1, "2", 0)], { 3: 1 }, []],
  ])("%s", (_, entries, reads, expected) => {
    expect(receipts(buildRows(input(entries, { reads })))).toEqual(expected);
  });

  it("tell the time of their groups", () => {
    const rows = buildRows(input([...three, message(4, "2", 3), message(5, ME, 4)], { reads: { 2: 3 } }));
    expect(receipts(rows)).toEqual(["3:read", "5:sent"]);
    expect(rows.flatMap((row) => (row.type === "message" && row.timed ? [row.entry.seq] : []))).toEqual([1, 5]);
  });

  it("uses the peer's marker in a direct chat", () => {
    const conversation = { id: "9", kind: "direct", peer_read_seq: 2 } as Conversation;
    expect(receipts(buildRows(input(three, { conversation })))).toEqual(["2:read", "3:sent"]);
  });
});

describe("quotes", () => {
  const reply = (seq: number, to: number) =>
    message(seq, "2", 1, { content: { type: "text", text: "re", reply_to: to } });

  it.each<[string, Partial<Timeline>, number | null | undefined]>([
    ["from the log", {}, 1],
    ["from beside it", { items: [{ type: "entry", entry: reply(2, 7) }], quoted: { 7: message(7, "2", 0) } }, 7],
    ["not visible", { items: [{ type: "entry", entry: reply(2, 8) }] }, undefined],
  ])("%s", (_, timeline, seq) => {
    const row = buildRows(input([message(1, "3", 0), reply(2, 1)], {}, timeline)).at(-1);
    if (row?.type !== "message") throw new Error("no message");
    expect(row.quote?.seq).toBe(seq);
    expect(row.quoteSeq).toBeDefined();
  });

  it.each([
    ["group", { 3: true }, true],
    ["group", {}, undefined],
    ["direct", { 3: true }, undefined],
  ] as const)("of somebody blocked are folded in a group: %s, %o", (kind, blocked, folded) => {
    const conversation = { id: "9", kind } as Conversation;
    const row = buildRows(input([message(1, "3", 0), reply(2, 1)], { conversation, blocked })).at(-1);
    expect(row?.type === "message" && row.quoteBlocked).toBe(folded);
  });
});
