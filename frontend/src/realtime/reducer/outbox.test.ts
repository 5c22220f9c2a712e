import { describe, expect, test } from "vitest";
import type { OutboxChange } from "../events";
import type { PendingMessage, PendingState } from "../state";
import { expiring, nextToSend, transition, uploadable } from "./outbox";

function message(state: PendingState, extra: Partial<PendingMessage> = {}): PendingMessage {
  return {
    state,
    clientMsgId: "m1",
    conversationId: "500",
    content: { type: "text", text: "hello" },
    clientTime: "2026-11-24T13:00:00.000+01:00",
    createdAt: 0,
    expiresAt: 1_000,
    attempts: 0,
    ...extra,
  };
}

const clientMsgId = "m1";
const changes = {
  sending: { kind: "sending", clientMsgId },
  postponed: { kind: "postponed", clientMsgId, code: "unavailable", retryAt: 9 },
  refused: { kind: "refused", clientMsgId, code: "not_friends" },
  interrupted: { kind: "interrupted" },
  expired: { kind: "expired", clientMsgIds: [clientMsgId] },
  retried: { kind: "retried", clientMsgId, expiresAt: 2_000 },
  discarded: { kind: "discarded", clientMsgId },
} satisfies Record<string, OutboxChange>;

/** Rows: the state before. Columns: the state after each change; "-" = the message is gone. */
const table: [PendingState, Record<keyof typeof changes, PendingState | "-">][] = [
  ["waiting", row("sending", "waiting", "refused", "waiting", "expired", "waiting", "-")],
  ["sending", row("sending", "waiting", "refused", "unknown", "expired", "sending", "sending")],
  ["unknown", row("sending", "waiting", "refused", "unknown", "expired", "unknown", "-")],
  ["refused", row("refused", "refused", "refused", "refused", "refused", "waiting", "-")],
  ["expired", row("expired", "expired", "refused", "expired", "expired", "waiting", "-")],
];

function row(...states: (PendingState | "-")[]) {
  const names = Object.keys(changes) as (keyof typeof changes)[];
  return Object.fromEntries(names.map((name, index) => [name, states[index]])) as Record<
    keyof typeof changes,
    PendingState | "-"
  >;
}

test.each(table)("%s under every change", (before, after) => {
  for (const [name, expected] of Object.entries(after)) {
    const moved = transition(message(before), changes[name as keyof typeof changes]);
    expect([name, moved?.state ?? "-"]).toEqual([name, expected]);
    if (moved) expect(moved.clientMsgId).toBe(clientMsgId);
  }
});

test("a confirmed message is neither lost with the connection nor refused nor expired", () => {
  const confirmed = message("sending", { confirmedSeq: 7 });
  for (const name of ["postponed", "refused", "interrupted", "expired"] as const) {
    expect(transition(confirmed, changes[name])).toEqual(confirmed);
  }
});

test("a new attempt forgets the last refusal, a postponed one counts", () => {
  const postponed = transition(message("sending"), changes.postponed);
  expect(postponed).toMatchObject({ state: "waiting", code: "unavailable", retryAt: 9, attempts: 1 });
  expect(postponed && transition(postponed, changes.sending)).toEqual(message("sending", { attempts: 1 }));
});

test.each<[string, PendingMessage[], string | undefined]>([
  ["nothing", [], undefined],
  ["the oldest", [message("waiting"), message("waiting", { clientMsgId: "m2" })], "m1"],
  [
    "an unknown one again before what follows it",
    [message("unknown"), message("waiting", { clientMsgId: "m2" })],
    "m1",
  ],
  ["nothing beside one in flight", [message("sending"), message("waiting", { clientMsgId: "m2" })], undefined],
  [
    "the next after a confirmed one",
    [message("sending", { confirmedSeq: 1 }), message("waiting", { clientMsgId: "m2" })],
    "m2",
  ],
  ["past final ones", [message("refused"), message("expired"), message("waiting", { clientMsgId: "m3" })], "m3"],
  [
    "nothing past a postponed one",
    [message("waiting", { retryAt: 11 }), message("waiting", { clientMsgId: "m2" })],
    undefined,
  ],
  ["a postponed one in its time", [message("waiting", { retryAt: 10 })], "m1"],
])("next to send: %s", (_name, list, expected) => {
  expect(nextToSend(list, 10)?.clientMsgId).toBe(expected);
});

test("only what waits for the server expires, and what did expire is not named again", () => {
  const states: PendingState[] = ["waiting", "sending", "unknown", "refused", "expired"];
  const list = states.map((state) => message(state, { clientMsgId: state }));
  expect(expiring(list, 999)).toEqual([]);
  expect(expiring(list, 1_000)).toEqual(["waiting", "sending", "unknown"]);
  expect(expiring([message("sending", { confirmedSeq: 7 })], 1_000)).toEqual([]);
});

describe("a message with a file", () => {
  const media = { name: "photo.jpg", content_type: "image/jpeg", size_bytes: 9 };
  const file = new Blob(["not photo"]);
  const waiting = message("waiting", { content: { type: "image", media, caption: "look" }, file });
  const uploaded = message("waiting", { content: { type: "image", media: { ...media, id: "7" } }, file });

  test("holds up what follows until the server has the file, and is sent then", () => {
    const after = message("waiting", { clientMsgId: "m2" });
    expect(nextToSend([waiting, after], 10)).toBeUndefined();
    expect(uploadable([waiting, after], 10)).toEqual([waiting]);
    expect(nextToSend([uploaded, after], 10)).toBe(uploaded);
    expect(uploadable([uploaded], 10)).toEqual([]);
  });

  test("does not go up before its time, nor when it is refused", () => {
    expect(uploadable([{ ...waiting, retryAt: 11 }], 10)).toEqual([]);
    expect(uploadable([{ ...waiting, state: "refused" }], 10)).toEqual([]);
  });

  test("shows how far it is, until anything else happens to it", () => {
    const upload = { step: "uploading", sentBytes: 4 } as const;
    const moving = transition(waiting, { kind: "uploading", clientMsgId, upload });
    expect(moving?.upload).toEqual(upload);
    for (const name of ["postponed", "refused", "expired"] as const) {
      expect(moving && transition(moving, changes[name])?.upload).toBeUndefined();
    }
    const done = moving && transition(moving, { kind: "uploaded", clientMsgId, media: { ...media, id: "7" } });
    expect(done).toEqual({ ...waiting, content: { type: "image", media: { ...media, id: "7" }, caption: "look" } });
  });

  test("goes up again when the server has thrown its file away, but not once it is confirmed", () => {
    const again = transition({ ...uploaded, state: "sending" }, { kind: "file_gone", clientMsgId });
    expect(again).toMatchObject({ state: "waiting", attempts: 1, file });
    expect(again && uploadable([again], 10)).toEqual([again]);
    const confirmed = { ...uploaded, state: "sending" as const, confirmedSeq: 3 };
    expect(transition(confirmed, { kind: "file_gone", clientMsgId })).toBe(confirmed);
  });
});
