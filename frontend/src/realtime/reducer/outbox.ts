import type { Entry } from "@/api/types";
import type { OutboxChange } from "../events";
import type { ChatState, OutboxStep, PendingMessage } from "../state";
import type { Change } from "./change";
import { noteStep } from "./journey";

/** A message that the server has not confirmed is kept this long, then its author is asked. */
export const OUTBOX_LIFE_MS = 7 * 24 * 3_600_000;

/**
 * One message of the outbox under one change. Undefined takes it away. Only `refused` and `expired` are final; a lost
 * connection makes `sending` into `unknown`, never into a failure, and the same id is sent again.
 */
export function transition(message: PendingMessage, change: OutboxChange): PendingMessage | undefined {
  const { code: _code, detail: _detail, retryAt: _retryAt, upload: _upload, ...bare } = message;
  switch (change.kind) {
    case "queued":
      return message;
    case "uploading":
      return needsFile(message) ? { ...bare, upload: change.upload } : message;
    case "uploaded":
      return needsFile(message) && bare.content.type !== "text"
        ? { ...bare, content: { ...bare.content, media: change.media } }
        : message;
    case "file_gone": {
      if (message.confirmedSeq !== undefined || !isOpen(message) || bare.content.type === "text") return message;
      const { id: _id, ...media } = bare.content.media;
      return { ...bare, state: "waiting", attempts: message.attempts + 1, content: { ...bare.content, media } };
    }
    case "sending":
      return isOpen(message) ? { ...bare, state: "sending" } : message;
    case "confirmed":
      return { ...bare, state: "sending", confirmedSeq: change.seq };
    case "postponed":
      if (message.confirmedSeq !== undefined || !isOpen(message)) return message;
      return {
        ...bare,
        state: "waiting",
        attempts: message.attempts + 1,
        code: change.code,
        retryAt: change.retryAt,
        ...(change.detail && { detail: change.detail }),
      };
    case "reconnected":
      return message.state === "waiting" ? bare : message;
    case "refused":
      if (message.confirmedSeq !== undefined) return message;
      return { ...bare, state: "refused", code: change.code, ...(change.detail && { detail: change.detail }) };
    case "interrupted":
      return message.state === "sending" && message.confirmedSeq === undefined
        ? { ...message, state: "unknown" }
        : message;
    case "expired":
      return isOpen(message) && message.confirmedSeq === undefined ? { ...bare, state: "expired" } : message;
    case "retried":
      if (message.state === "sending" || message.state === "unknown") return message;
      return { ...bare, state: "waiting", attempts: 0, expiresAt: change.expiresAt };
    case "discarded":
      // In flight it may be stored already, and then it would come back as an entry.
      return message.state === "sending" ? message : undefined;
  }
}

/** Whether a message has to wait for the server to have its file. */
function needsFile(message: PendingMessage): boolean {
  return message.state === "waiting" && message.content.type !== "text" && message.content.media.id === undefined;
}

function isOpen(message: PendingMessage): boolean {
  return message.state === "waiting" || message.state === "sending" || message.state === "unknown";
}

export function changeOutbox(change: Change, event: OutboxChange): void {
  if (event.kind === "queued") return enqueue(change, event.message);
  if (event.kind === "confirmed" && !isWaiting(change, event)) keepLateReceipt(change, event);
  const ids = "clientMsgIds" in event ? event.clientMsgIds : "clientMsgId" in event ? [event.clientMsgId] : undefined;
  for (const [id, list] of Object.entries(change.state.outbox)) {
    const next = list.flatMap((message) => {
      if (ids && !ids.includes(message.clientMsgId)) return [message];
      const applied = alreadyApplied(change.state, message, event);
      const noted = noteStep(message, transition(message, event), event, change.context.now);
      if (applied && noted?.steps) keepJourney(change, message.clientMsgId, noted.steps);
      const moved = applied ? undefined : noted;
      if (moved !== message && event.kind !== "uploading") {
        change.effect({ type: "persist_pending", clientMsgIds: [message.clientMsgId] });
      }
      return moved ? [moved] : [];
    });
    if (next.length !== list.length || next.some((message, index) => message !== list[index])) {
      setList(change, id, next);
    }
  }
}

/** The entry with this message's id replaces it: it is on screen once. */
export function settlePending(change: Change, entry: Entry): void {
  const list = change.state.outbox[entry.conversation_id];
  if (!list || entry.sender_id !== change.state.sync.userId || !entry.client_msg_id) return;
  const rest = list.filter((message) => message.clientMsgId !== entry.client_msg_id);
  if (rest.length === list.length) return;
  setList(change, entry.conversation_id, rest);
  change.effect({ type: "persist_pending", clientMsgIds: [entry.client_msg_id] });
  const settled = list.find((message) => message.clientMsgId === entry.client_msg_id);
  if (settled?.steps) keepJourney(change, settled.clientMsgId, settled.steps);
}

function keepJourney(change: Change, clientMsgId: string, steps: OutboxStep[]): void {
  change.effect({ type: "keep_journey", journey: { clientMsgId, steps } });
}

type Confirmed = Extract<OutboxChange, { kind: "confirmed" }>;

function isWaiting({ state }: Change, { clientMsgId }: Confirmed): boolean {
  return Object.values(state.outbox).some((list) => list.some((message) => message.clientMsgId === clientMsgId));
}

/** The entry itself came first and took the message out of the outbox. */
function keepLateReceipt(change: Change, { clientMsgId, traceId }: Confirmed): void {
  const accepted = { at: change.context.now, what: "accepted", ...(traceId !== undefined && { traceId }) } as const;
  keepJourney(change, clientMsgId, [accepted]);
}

/**
 * What to send next in a conversation: in order of writing, one in flight, final ones skipped. A message whose file is
 * not at the server yet holds up those written after it.
 */
export function nextToSend(list: readonly PendingMessage[], now: number): PendingMessage | undefined {
  const first = list.find((message) => isOpen(message) && message.confirmedSeq === undefined);
  if (!first || first.state === "sending" || needsFile(first) || (first.retryAt ?? 0) > now) return undefined;
  return first;
}

/** Messages whose files can go up now, in order of writing. */
export function uploadable(list: readonly PendingMessage[], now: number): PendingMessage[] {
  return list.filter((message) => needsFile(message) && (message.retryAt ?? 0) <= now);
}

/** Ids of the messages whose time is over. What the server has confirmed only waits for its entry and does not expire. */
export function expiring(list: readonly PendingMessage[], now: number): string[] {
  return list
    .filter((message) => isOpen(message) && message.confirmedSeq === undefined && message.expiresAt <= now)
    .map((message) => message.clientMsgId);
}

/** The receipt of a repetition, for an entry that came by `/sync` before it. */
function alreadyApplied(state: ChatState, message: PendingMessage, event: OutboxChange): boolean {
  return event.kind === "confirmed" && event.seq <= (state.sync.positions[message.conversationId] ?? 0);
}

function enqueue(change: Change, message: PendingMessage): void {
  const list = change.state.outbox[message.conversationId] ?? [];
  if (list.some((other) => other.clientMsgId === message.clientMsgId)) return;
  setList(change, message.conversationId, [...list, message]);
  change.effect({ type: "persist_pending", clientMsgIds: [message.clientMsgId] });
}

function setList(change: Change, id: string, list: PendingMessage[]): void {
  const outbox = change.write("outbox");
  if (list.length > 0) outbox[id] = list;
  else delete outbox[id];
}
