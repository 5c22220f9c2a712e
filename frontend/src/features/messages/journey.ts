import type { Entry, ReadMark } from "@/api/types";
import type { ConnectionState, Journey, OutboxStep, PendingMessage } from "@/realtime/state";
import type { Sent } from "./refusals";

/** One point on the way of an own message, from the keyboard to its readers. Times in ms, of the server's clock. */
export type JourneyPoint =
  | { what: "typed" | "queued" | "sending" | "interrupted" | "retried"; at: number }
  | { what: "postponed"; at: number; code: string | undefined }
  | { what: "refused"; at: number | undefined; code: string | undefined; content: Sent }
  | { what: "expired"; at: number | undefined }
  | { what: "accepted"; at: number; seq: number; traceId?: string }
  /** Nothing is known of the way up to here: it was sent from another device, or too long ago. */
  | { what: "elsewhere" }
  | { what: "waits"; why: Waiting }
  | { what: "read"; readers: readonly Reader[]; of: number };

/** Where a message is stuck, and why. */
export type Waiting =
  | { why: "offline" | "connecting"; since: number }
  | { why: "behind"; count: number }
  | { why: "limited" | "unavailable" | "sign_in"; until: number }
  | { why: "unanswered"; since: number }
  /** Stored, and about to go. */
  | { why: "turn" }
  /** The server has it; it only does not show yet. */
  | { why: "arriving" };

export interface Reader {
  id: string;
  /** When they read up to here or further, where it is known: they had read this message by then. */
  at?: number;
  /** They read up to this very message, so the time is that of its reading. */
  exact?: boolean;
}

interface Facts {
  /** The server's clock minus this machine's, in ms. */
  offset: number;
}

/** The way of a message that is in the conversation. */
export function journeyOfEntry(
  entry: Entry,
  journey: Journey | undefined,
  { offset, readers, others }: Facts & { readers: readonly Reader[]; others: number },
): JourneyPoint[] {
  const accepted = journey?.steps.findLast((step) => step.what === "accepted");
  const before = journey?.steps.filter((step) => step.what !== "accepted") ?? [];
  return [
    ...typed(entry.client_time),
    ...(journey
      ? before.map((step) => pointOf(step, offset, entry.content ?? { type: "text" }))
      : [{ what: "elsewhere" } as const]),
    {
      what: "accepted",
      at: Date.parse(entry.server_time),
      seq: entry.seq,
      ...(accepted?.traceId !== undefined && { traceId: accepted.traceId }),
    },
    { what: "read", readers, of: others },
  ];
}

/** The way so far of a message in the outbox, and what it waits for. */
export function journeyOfPending(
  message: PendingMessage,
  facts: Facts & { connection: ConnectionState; outbox: readonly PendingMessage[] },
): JourneyPoint[] {
  const { offset } = facts;
  const steps = (message.steps ?? []).map((step) => pointOf(step, offset, message.content, message.confirmedSeq));
  // Of an older version of the app, which noted no steps.
  if (steps.length === 0) steps.push({ what: "queued", at: message.createdAt + offset });
  const way = [...typed(message.clientTime), ...steps];
  if (message.state === "refused" || message.state === "expired") {
    if (way.at(-1)?.what === message.state) return way;
    const at = undefined;
    return [
      ...way,
      message.state === "expired"
        ? { what: "expired", at }
        : { what: "refused", at, code: message.code, content: message.content },
    ];
  }
  return [...way, { what: "waits", why: waitingFor(message, facts) }];
}

/** Who has read up to a message, those whose time is known first. */
export function readersOf(
  seq: number,
  reads: Record<string, number>,
  marks: readonly ReadMark[],
  authors: readonly (string | undefined)[],
): Reader[] {
  const times = new Map(marks.flatMap((mark) => (mark.read_at ? [[mark.user_id, mark] as const] : [])));
  return Object.entries(reads)
    .filter(([id, read]) => read >= seq && !authors.includes(id))
    .map(([id, read]): Reader => {
      const mark = times.get(id);
      // A marker that has moved on since it was asked for has another time by now.
      if (!mark?.read_at || mark.read_seq !== read) return { id };
      return { id, at: Date.parse(mark.read_at), exact: read === seq };
    })
    .sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity));
}

/** The first thing in the way, from the network up. */
function waitingFor(
  message: PendingMessage,
  { offset, connection, outbox }: Facts & { connection: ConnectionState; outbox: readonly PendingMessage[] },
): Waiting {
  if (message.confirmedSeq !== undefined) return { why: "arriving" };
  const { phase, since } = connection;
  if (phase === "offline") return { why: "offline", since: since + offset };
  if (phase !== "live") return { why: "connecting", since: since + offset };
  const ahead = outbox
    .slice(
      0,
      outbox.findIndex(({ clientMsgId }) => clientMsgId === message.clientMsgId),
    )
    .filter(({ state, confirmedSeq }) => state !== "refused" && state !== "expired" && confirmedSeq === undefined);
  if (ahead.length > 0) return { why: "behind", count: ahead.length };
  if (message.state === "sending") return { why: "unanswered", since: lastSent(message) + offset };
  if (message.retryAt === undefined) return { why: "turn" };
  const until = message.retryAt + offset;
  if (message.code === "rate_limited") return { why: "limited", until };
  return { why: message.code === "unauthenticated" ? "sign_in" : "unavailable", until };
}

function lastSent({ steps, createdAt }: PendingMessage): number {
  return steps?.findLast(({ what }) => what === "sending")?.at ?? createdAt;
}

function typed(clientTime: string | null | undefined): JourneyPoint[] {
  return clientTime ? [{ what: "typed", at: Date.parse(clientTime) }] : [];
}

function pointOf({ what, at, code, traceId }: OutboxStep, offset: number, content: Sent, seq = 0): JourneyPoint {
  const time = at + offset;
  switch (what) {
    case "postponed":
      return { what, at: time, code };
    case "refused":
      return { what, at: time, code, content };
    case "accepted":
      return { what, at: time, seq, ...(traceId !== undefined && { traceId }) };
    default:
      return { what, at: time };
  }
}
