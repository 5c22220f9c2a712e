import type { SyncAnswer, WireEvent } from "@/api/types";
import { resendDelay } from "./backoff";
import type { Core } from "./core";
import type { Link } from "./transport";

/** Sends own read markers, each conversation's at most once in this time. */
const PAUSE_MS = 2_000;

/** The server takes 2 markers a second from a user, whatever the conversation. */
const SPACING_MS = 500;

/** Refusals that a repetition can overcome. */
const RETRYABLE = new Set(["rate_limited", "unavailable", "storage_full", "unauthenticated"]);

const RECEIPT = "read:";

/**
 * The leader's read markers on their way to the server. Each stays here until the server has confirmed it, so that
 * neither a refusal nor a socket that dies can swallow one.
 */
export interface Marks {
  viewed(conversationId: string): void;
  /** The server's markers: what it has not heard of is sent again. */
  onSync(answer: SyncAnswer): void;
  onReceipt(receipt: string): void;
  onError(event: Extract<WireEvent, { type: "error" }>): void;
  flush(): void;
  /** The connection went: what was on its way may not have arrived, and goes again on the next one. */
  interrupted(): void;
  stop(): void;
}

export function createMarks(core: Core, link: () => Link | undefined): Marks {
  /** Not confirmed yet, with the time before which it does not go. */
  const waiting = new Map<string, number>();
  /** The `seq` that is on its way, by conversation. */
  const inFlight = new Map<string, number>();
  const sentAt = new Map<string, number>();
  let freeAt = -Infinity;
  let refusals = 0;
  let cancel: (() => void) | undefined;

  const readSeq = (id: string) => core.state.getState().conversations[id]?.read_seq;

  /** Without a time of its own it may go as soon as the pause after the last one is over. */
  function want(id: string): void {
    if (!waiting.has(id)) waiting.set(id, (sentAt.get(id) ?? -Infinity) + PAUSE_MS);
  }

  function flush(): void {
    cancel?.();
    cancel = undefined;
    const to = link();
    const next = to && firstDue();
    if (!next) return;
    const now = core.clock.now();
    const due = Math.max(next.due, freeAt);
    if (due > now) {
      cancel = core.clock.after(due - now, flush);
      return;
    }
    send(to, next.id, now);
    flush();
  }

  function firstDue(): { id: string; due: number } | undefined {
    let first: { id: string; due: number } | undefined;
    for (const [id, due] of waiting) {
      if (!inFlight.has(id) && (!first || due < first.due)) first = { id, due };
    }
    return first;
  }

  function send(to: Link, id: string, now: number): void {
    const seq = readSeq(id);
    if (seq === undefined) {
      waiting.delete(id);
      return;
    }
    inFlight.set(id, seq);
    sentAt.set(id, now);
    freeAt = now + SPACING_MS;
    to.send(`/app/conversations/${id}/read`, { seq }, RECEIPT + id);
  }

  /** The conversation whose marker `receipt` answers, and the `seq` that was sent. */
  function answered(receipt: string): { id: string; seq: number } | undefined {
    if (!receipt.startsWith(RECEIPT)) return undefined;
    const id = receipt.slice(RECEIPT.length);
    const seq = inFlight.get(id);
    inFlight.delete(id);
    return seq === undefined ? undefined : { id, seq };
  }

  return {
    viewed(id) {
      want(id);
      flush();
    },
    onSync(answer) {
      const markers = { ...answer.markers };
      for (const { conversation } of answer.conversations) markers[conversation.id] ??= conversation;
      for (const [id, marker] of Object.entries(markers)) if ((readSeq(id) ?? 0) > marker.read_seq) want(id);
      flush();
    },
    onReceipt(receipt) {
      const done = answered(receipt);
      if (!done) return;
      refusals = 0;
      waiting.delete(done.id);
      // Read on while this one was on its way.
      if ((readSeq(done.id) ?? 0) > done.seq) want(done.id);
      flush();
    },
    onError({ receipt, code, retry_after_ms }) {
      const refused = receipt ? answered(receipt) : undefined;
      if (!refused) return;
      if (RETRYABLE.has(code)) {
        const pause = retry_after_ms ?? resendDelay(refusals, core.random);
        refusals += 1;
        waiting.set(refused.id, core.clock.now() + pause);
        // The limit is the user's: what it refused of one conversation it would refuse of the next.
        if (code === "rate_limited") freeAt = Math.max(freeAt, core.clock.now() + pause);
      } else waiting.delete(refused.id);
      flush();
    },
    flush,
    interrupted() {
      cancel?.();
      cancel = undefined;
      inFlight.clear();
    },
    stop: () => cancel?.(),
  };
}
