import type { FoundMessage, User } from "@/api/types";
import { matches, termsOf } from "@/chat/highlight";
import { isFolded } from "@/chat/names";
import type { ChatState } from "@/realtime/state";

export type Sort = "newest" | "relevance";

/** What is sought, as the address of the page holds it. */
export interface Filters {
  q: string;
  /** Id of the one conversation to search. */
  chat?: string;
  /** Id of the one person whose messages are sought. */
  sender?: string;
  /** First and last day, `YYYY-MM-DD` in the reader's zone. */
  since?: string;
  until?: string;
  sort: Sort;
}

/** A message that was found, with the part of its text that shows why. */
export type Hit = FoundMessage;

/** Longest query, in characters, that the server takes. */
export const MAX_QUERY = 200;

/** Whether there is anything in a query that an index could hold: marks and spaces alone are not looked for. */
export function isSearchable(q: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(q);
}

/** The request for some filters. Days are the reader's, so they go as moments. */
export function queryOf({ q, chat, sender, since, until, sort }: Filters): Record<string, string | undefined> {
  return {
    q: q.trim(),
    conversation_id: chat,
    sender_id: sender,
    from: startOf(since)?.toISOString(),
    to: endOf(until)?.toISOString(),
    sort,
  };
}

/** Midnight at the start of a day in the reader's zone; undefined for what is no day. */
export function startOf(day: string | undefined): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(day ?? "") ?? [];
  if (!year || !month || !date) return undefined;
  const start = new Date(Number(year), Number(month) - 1, Number(date));
  return dayOf(start) === day ? start : undefined;
}

/** The last moment of a day, which daylight saving may make 23 or 25 hours long. */
function endOf(day: string | undefined): Date | undefined {
  const start = startOf(day);
  if (!start) return undefined;
  return new Date(new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1).getTime() - 1);
}

/** `YYYY-MM-DD` in the reader's zone. */
export function dayOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export const PERIODS = ["any", "today", "week", "month", "year"] as const;
export type Period = (typeof PERIODS)[number];

/** The days of a period that ends today. */
export function daysOf(period: Period, now: number): Pick<Filters, "since" | "until"> {
  const today = new Date(now);
  const back = (days: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - days);
  switch (period) {
    case "any":
      return {};
    case "today":
      return { since: dayOf(today) };
    case "week":
      return { since: dayOf(back(6)) };
    case "month":
      return { since: dayOf(back(29)) };
    case "year":
      return { since: dayOf(new Date(today.getFullYear(), 0, 1)) };
  }
}

/** The period that some days are; undefined for days that somebody chose. */
export function periodOf({ since, until }: Pick<Filters, "since" | "until">, now: number): Period | undefined {
  if (until !== undefined) return undefined;
  return PERIODS.find((period) => daysOf(period, now).since === since);
}

/** Anything set but the words. */
export function isNarrowed({ chat, sender, since, until }: Filters): boolean {
  return [chat, sender, since, until].some((value) => value !== undefined);
}

/**
 * Whether a hit may still be shown. The server answered for the moment of asking; what was unsent, hidden or blocked
 * since goes at once.
 */
export function isShown(hit: Hit, state: Pick<ChatState, "conversations" | "sync">): boolean {
  const conversation = state.conversations[hit.conversation_id];
  if (!conversation) return false;
  if (hit.entry.unsent || state.sync.erased[hit.conversation_id]?.[hit.entry.seq]) return false;
  return !isFolded(conversation, hit.entry.sender_id, state.sync.blocked);
}

/** Friends by name or, after those, by what they say of themselves. */
export function friendsFor(q: string, friends: User[], language: string): User[] {
  const terms = termsOf(q);
  if (terms.length === 0) return [];
  const { compare } = new Intl.Collator(language);
  const named = friends.filter((friend) => matches(friend.username, terms));
  const introduced = friends.filter((friend) => !named.includes(friend) && matches(friend.introduction ?? "", terms));
  const inOrder = (people: User[]) => people.sort((a, b) => compare(a.username, b.username));
  return [...inOrder(named), ...inOrder(introduced)];
}

/** The words of a hit that are marked. */
export function wordsOf(hit: Hit | undefined): string[] {
  return hit?.snippet.filter((piece) => piece.hit).map((piece) => piece.text) ?? [];
}
