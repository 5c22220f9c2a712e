// @vitest-environment node
import { describe, expect, it, test } from "vitest";
import type { Entry } from "@/api/types";
import type { ConnectionPhase, PendingMessage } from "@/realtime/state";
import { journeyOfEntry, journeyOfPending, readersOf, type Waiting } from "./journey";

const AT = Date.parse("2026-11-24T12:00:00.000Z");
const OFFSET = 5_000;

function message(part: Partial<PendingMessage> = {}): PendingMessage {
  return {
    state: "waiting",
    clientMsgId: "m1",
    conversationId: "500",
    content: { type: "text", text: "hello" },
    clientTime: "2026-11-24T20:00:00.000+08:00",
    createdAt: AT,
    expiresAt: AT + 1_000_000,
    attempts: 0,
    steps: [{ at: AT, what: "queued" }],
    ...part,
  };
}

const entry = {
  conversation_id: "500",
  seq: 7,
  id: "9",
  kind: "message",
  sender_id: "1",
  client_msg_id: "m1",
  client_time: "2026-11-24T20:00:00.000+08:00",
  server_time: "2026-11-24T12:00:06.250Z",
} as Entry;

/** What a message waits for while the connection is in a phase and these are in the outbox before it. */
function waits(pending: PendingMessage, phase: ConnectionPhase = "live", ahead: PendingMessage[] = []): Waiting {
  const connection = { phase, since: AT + 1_000, leader: true };
  const points = journeyOfPending(pending, { offset: OFFSET, connection, outbox: [...ahead, pending] });
  const last = points.at(-1);
  if (last?.what !== "waits") throw new Error(`it waits for nothing: ${last?.what}`);
  return last.why;
}

const other = (part: Partial<PendingMessage>) => message({ clientMsgId: "m0", ...part });
const later = AT + 9_000;

test.each<[string, Waiting, Waiting]>([
  ["offline", waits(message(), "offline"), { why: "offline", since: AT + 1_000 + OFFSET }],
  ["without a socket", waits(message(), "connecting"), { why: "connecting", since: AT + 1_000 + OFFSET }],
  ["catching up", waits(message(), "resuming"), { why: "connecting", since: AT + 1_000 + OFFSET }],
  [
    "offline, whatever was said before",
    waits(message({ code: "rate_limited", retryAt: later }), "offline"),
    { why: "offline", since: AT + 1_000 + OFFSET },
  ],
  ["behind one in flight", waits(message(), "live", [other({ state: "sending" })]), { why: "behind", count: 1 }],
  [
    "behind two that wait",
    waits(message(), "live", [other({}), other({ clientMsgId: "m00" })]),
    { why: "behind", count: 2 },
  ],
  [
    "not behind what is final or arrived",
    waits(message(), "live", [other({ state: "refused" }), other({ state: "expired" }), other({ confirmedSeq: 3 })]),
    { why: "turn" },
  ],
  ["the limit", waits(message({ code: "rate_limited", retryAt: later })), { why: "limited", until: later + OFFSET }],
  [
    "a full disk",
    waits(message({ code: "storage_full", retryAt: later })),
    { why: "unavailable", until: later + OFFSET },
  ],
  ["a token", waits(message({ code: "unauthenticated", retryAt: later })), { why: "sign_in", until: later + OFFSET }],
  [
    "an answer",
    waits(
      message({
        state: "sending",
        steps: [
          { at: AT, what: "queued" },
          { at: later, what: "sending" },
        ],
      }),
    ),
    { why: "unanswered", since: later + OFFSET },
  ],
  ["its entry", waits(message({ state: "sending", confirmedSeq: 7 })), { why: "arriving" }],
])("waiting for %s", (_what, found, expected) => expect(found).toEqual(expected));

describe("what was final", () => {
  const facts = { offset: 0, connection: { phase: "live", since: AT, leader: true }, outbox: [] } as const;

  it("ends the line, once", () => {
    const steps = [
      { at: AT, what: "queued" },
      { at: later, what: "refused", code: "not_friends" },
    ] as const;
    expect(
      journeyOfPending(message({ state: "refused", code: "not_friends", steps: [...steps] }), facts).at(-1),
    ).toEqual({ what: "refused", at: later, code: "not_friends", content: message({}).content });
  });

  it("is known of messages without steps too", () => {
    const points = journeyOfPending(message({ state: "refused", code: "not_friends", steps: [] }), facts);
    expect(points.map(({ what }) => what)).toEqual(["typed", "queued", "refused"]);
  });
});

describe("a message that arrived", () => {
  const facts = { offset: OFFSET, readers: [], others: 3 };

  it("has the steps of this device, in the server's time, and the server's own", () => {
    const steps = [
      { at: AT, what: "queued" },
      { at: AT + 100, what: "sending" },
      { at: AT + 1_200, what: "accepted", traceId: "4bf92f" },
    ] as const;
    expect(journeyOfEntry(entry, { clientMsgId: "m1", steps: [...steps] }, facts)).toEqual([
      { what: "typed", at: AT },
      { what: "queued", at: AT + OFFSET },
      { what: "sending", at: AT + 100 + OFFSET },
      { what: "accepted", at: Date.parse(entry.server_time), seq: 7, traceId: "4bf92f" },
      { what: "read", readers: [], of: 3 },
    ]);
  });

  it("says that another device knows the rest", () => {
    const points = journeyOfEntry(entry, undefined, facts);
    expect(points.map(({ what }) => what)).toEqual(["typed", "elsewhere", "accepted", "read"]);
  });
});

test("readers: those with a time first; a time only while the marker stands where it was asked for", () => {
  const mark = (user_id: string, read_seq: number, minute: number) => ({
    user_id,
    read_seq,
    read_at: new Date(AT + minute * 60_000).toISOString(),
  });
  const reads = { "1": 9, "2": 7, "3": 9, "4": 6, "5": 8, "6": 9 };
  const marks = [mark("2", 7, 2), mark("3", 9, 1), mark("4", 6, 1), mark("5", 7, 3)];
  expect(readersOf(7, reads, marks, ["1"])).toEqual([
    { id: "3", at: AT + 60_000, exact: false },
    { id: "2", at: AT + 120_000, exact: true },
    { id: "5" },
    { id: "6" },
  ]);
});
