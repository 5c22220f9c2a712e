import type { WireEvent } from "@/api/types";
import { resendDelay } from "./backoff";
import type { Core } from "./core";
import type { OutboxChange } from "./events";
import type { Persister } from "./persister";
import { expiring, nextToSend } from "./reducer/outbox";
import type { Outgoing, PendingMessage } from "./state";
import type { Link } from "./transport";

/** Sends the outbox: one message at a time in a conversation, conversations beside each other. Leader only. */
export interface Sender {
  /** Looks what can go now. */
  pump(): void;
  onReceipt(receipt: string, headers: Record<string, string>): void;
  onError(event: Extract<WireEvent, { type: "error" }>): void;
  /** The connection went. */
  interrupted(): void;
  stop(): void;
}

export interface SenderDeps {
  core: Core;
  persister: Persister;
  link: () => Link | undefined;
  /** Gets a new token and puts it on the open socket. */
  renewToken: () => Promise<void>;
  /** The socket swallowed a message. */
  drop: () => void;
}

/** A receipt that takes longer means a dead socket: p99 is 200 ms. */
export const RECEIPT_OVERDUE_MS = 10_000;

/** Files go up again this often for one message, when the server has thrown them away meanwhile. */
const MOST_UPLOADS = 3;

/** Refusals that a repetition can overcome. */
const RETRYABLE = new Set(["rate_limited", "unavailable", "storage_full"]);

/** A message names its media object; the server knows the rest. */
function wireContent(content: Outgoing): unknown {
  return content.type === "text" ? content : { ...content, media: { id: content.media.id } };
}

/**
 * The server keeps a file without a message for a day. Of a media message nothing else can be invalid: its caption was
 * bounded when it was written.
 */
function mayHaveGone({ content, attempts, file }: PendingMessage, code: string): boolean {
  return code === "validation_failed" && content.type !== "text" && file !== undefined && attempts < MOST_UPLOADS;
}

export function createSender(deps: SenderDeps): Sender {
  const { core } = deps;
  const overdue = new Map<string, () => void>();
  let cancelWait: (() => void) | undefined;
  let pumping = false;
  let again = false;

  const change = (event: OutboxChange) => core.share({ type: "outbox", change: event });

  function find(clientMsgId: string): PendingMessage | undefined {
    for (const list of Object.values(core.state.getState().outbox)) {
      const message = list.find((item) => item.clientMsgId === clientMsgId);
      if (message) return message;
    }
    return undefined;
  }

  /** Nothing leaves before it is stored, so that a crash cannot make a sent message an unknown one. */
  async function run(): Promise<void> {
    pumping = true;
    do {
      again = false;
      expire();
      await deps.persister.flush();
      const link = deps.link();
      if (!link) break;
      const now = core.clock.now();
      for (const list of Object.values(core.state.getState().outbox)) {
        const message = nextToSend(list, now);
        if (message) send(link, message);
      }
    } while (again);
    pumping = false;
    waitForNext();
  }

  function send(link: Link, message: PendingMessage): void {
    const { clientMsgId, conversationId, clientTime } = message;
    const content = wireContent(message.content);
    change({ kind: "sending", clientMsgId });
    const viewed = core.state.getState().conversations[conversationId]?.read_seq;
    overdue.set(clientMsgId, core.clock.after(RECEIPT_OVERDUE_MS, deps.drop));
    link.send(
      `/app/conversations/${conversationId}/messages`,
      { client_msg_id: clientMsgId, client_time: clientTime, content, ...(viewed && { viewed_seq: viewed }) },
      clientMsgId,
    );
  }

  function expire(): void {
    const clientMsgIds = Object.values(core.state.getState().outbox).flatMap((list) =>
      expiring(list, core.clock.now()),
    );
    if (clientMsgIds.length > 0) change({ kind: "expired", clientMsgIds });
  }

  /** Wakes when the first postponed message is due. */
  function waitForNext(): void {
    cancelWait?.();
    const due = Object.values(core.state.getState().outbox)
      .flat()
      .flatMap((message) => (message.state === "waiting" && message.retryAt ? [message.retryAt] : []));
    if (due.length > 0) cancelWait = core.clock.after(Math.max(0, Math.min(...due) - core.clock.now()), pump);
  }

  function pump(): void {
    if (!core.leader()) return;
    if (pumping) again = true;
    else void run();
  }

  function settled(clientMsgId: string): void {
    overdue.get(clientMsgId)?.();
    overdue.delete(clientMsgId);
  }

  function refused(message: PendingMessage, event: Extract<WireEvent, { type: "error" }>): void {
    const { clientMsgId } = message;
    const detail = event.detail ? { detail: event.detail } : {};
    const retryAfter = event.retry_after_ms ?? resendDelay(message.attempts, core.random);
    const retryAt = core.clock.now() + retryAfter;
    if (RETRYABLE.has(event.code)) change({ kind: "postponed", clientMsgId, code: event.code, retryAt, ...detail });
    else if (event.code === "unauthenticated") {
      change({ kind: "postponed", clientMsgId, code: event.code, retryAt, ...detail });
      deps.renewToken().then(pump, () => undefined);
    } else if (mayHaveGone(message, event.code)) change({ kind: "file_gone", clientMsgId });
    else change({ kind: "refused", clientMsgId, code: event.code, ...detail });
  }

  return {
    pump,
    onReceipt(receipt, headers) {
      if (!overdue.has(receipt)) return;
      settled(receipt);
      const traceId = headers["trace-id"];
      change({
        kind: "confirmed",
        clientMsgId: receipt,
        seq: Number(headers["seq"]),
        ...(traceId !== undefined && { traceId }),
      });
      pump();
    },
    onError(event) {
      const message = event.receipt ? find(event.receipt) : undefined;
      if (!message) return;
      settled(message.clientMsgId);
      refused(message, event);
      pump();
    },
    interrupted() {
      for (const cancel of overdue.values()) cancel();
      overdue.clear();
      // A tab that lost the lead has nothing to say; the next leader takes the outbox over as it is stored.
      if (!core.leader()) return;
      if (Object.values(core.state.getState().outbox).flat().length > 0) change({ kind: "interrupted" });
    },
    stop() {
      cancelWait?.();
      for (const cancel of overdue.values()) cancel();
      overdue.clear();
    },
  };
}
