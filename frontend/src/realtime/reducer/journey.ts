import type { OutboxChange } from "../events";
import type { OutboxStep, PendingMessage } from "../state";

/** Steps that are kept of a message; of one that is tried for days the first and the last ones. */
export const MAX_STEPS = 20;

/** The message after a change, with the step that the change was in its journey. A change of no state is no step. */
export function noteStep(
  before: PendingMessage,
  after: PendingMessage | undefined,
  change: OutboxChange,
  at: number,
): PendingMessage | undefined {
  const step = after && after !== before ? stepOf(change, at) : undefined;
  if (!after || !step) return after;
  const steps = [...(before.steps ?? []), step];
  return { ...after, steps: steps.length > MAX_STEPS ? [...steps.slice(0, 1), ...steps.slice(2)] : steps };
}

/** What a message's journey begins with: it was stored on this device. */
export function firstStep(at: number): OutboxStep {
  return { at, what: "queued" };
}

function stepOf(change: OutboxChange, at: number): OutboxStep | undefined {
  switch (change.kind) {
    case "sending":
    case "interrupted":
    case "expired":
    case "retried":
      return { at, what: change.kind };
    case "postponed":
    case "refused":
      return { at, what: change.kind, code: change.code };
    case "confirmed":
      return { at, what: "accepted", ...(change.traceId !== undefined && { traceId: change.traceId }) };
    default:
      return undefined;
  }
}
