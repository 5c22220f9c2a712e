// @vitest-environment node
import { expect, test } from "vitest";
import type { OutboxChange } from "../events";
import type { PendingMessage } from "../state";
import { firstStep, MAX_STEPS, noteStep } from "./journey";
import { transition } from "./outbox";

const clientMsgId = "m1";
const queued: PendingMessage = {
  state: "waiting",
  clientMsgId,
  conversationId: "500",
  content: { type: "text", text: "hello" },
  clientTime: "2026-11-24T13:00:00.000+01:00",
  createdAt: 0,
  expiresAt: 1_000,
  attempts: 0,
  steps: [firstStep(0)],
};

/** The message after changes a second apart. */
function after(changes: OutboxChange[]): PendingMessage {
  return changes.reduce(
    (message, change, index) => noteStep(message, transition(message, change), change, (index + 1) * 1_000) ?? message,
    queued,
  );
}

test("each change of state is a step, with its time and its reason", () => {
  const { steps } = after([
    { kind: "sending", clientMsgId },
    { kind: "interrupted" },
    { kind: "sending", clientMsgId },
    { kind: "postponed", clientMsgId, code: "rate_limited", retryAt: 9_000 },
    { kind: "sending", clientMsgId },
    { kind: "confirmed", clientMsgId, seq: 7, traceId: "4bf9" },
  ]);
  expect(steps).toEqual([
    { at: 0, what: "queued" },
    { at: 1_000, what: "sending" },
    { at: 2_000, what: "interrupted" },
    { at: 3_000, what: "sending" },
    { at: 4_000, what: "postponed", code: "rate_limited" },
    { at: 5_000, what: "sending" },
    { at: 6_000, what: "accepted", traceId: "4bf9" },
  ]);
});

test("what changes nothing is no step", () => {
  expect(after([{ kind: "interrupted" }, { kind: "interrupted" }]).steps).toEqual([{ at: 0, what: "queued" }]);
});

test("of a message that is tried for days the beginning and the end are kept", () => {
  const { steps = [] } = after(
    Array.from({ length: 50 }, (): OutboxChange[] => [
      { kind: "sending", clientMsgId },
      { kind: "interrupted" },
    ]).flat(),
  );
  expect(steps).toHaveLength(MAX_STEPS);
  expect([steps[0], steps.at(-1)]).toEqual([
    { at: 0, what: "queued" },
    { at: 100_000, what: "interrupted" },
  ]);
});
