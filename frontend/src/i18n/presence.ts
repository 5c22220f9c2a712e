import type { TFunction } from "i18next";
import { clock, dayMonth, daysAgo } from "./format";

export interface PresenceFacts {
  online?: boolean;
  /** RFC 3339; absent when never seen or not shown to us. */
  lastOnline?: string | null;
}

const MINUTE_MS = 60_000;

/**
 * "Online", or how long ago somebody was: just now (under a minute), minutes
 * (under an hour), then the clock time of today or yesterday, then the day.
 *
 * @param now server time in ms, so that a wrong local clock does not age it
 */
export function presenceText(facts: PresenceFacts, now: number, language: string, t: TFunction): string | undefined {
  if (facts.online) return t("presence.online");
  if (!facts.lastOnline) return undefined;
  const last = Date.parse(facts.lastOnline);
  const ago = now - last;
  if (ago < MINUTE_MS) return t("presence.justNow");
  if (ago < 60 * MINUTE_MS) return t("presence.minutes", { count: Math.floor(ago / MINUTE_MS) });
  const days = daysAgo(last, now);
  if (days === 0) return t("presence.today", { time: clock(last, language) });
  if (days === 1) return t("presence.yesterday", { time: clock(last, language) });
  return t("presence.day", { day: dayMonth(last, now, language) });
}

/** "Last used 12 minutes ago", with the same steps as {@link presenceText}. */
export function lastUsedText(lastSeen: string, now: number, language: string, t: TFunction): string {
  const last = Date.parse(lastSeen);
  const ago = now - last;
  if (ago < MINUTE_MS) return t("lastUsed.justNow");
  if (ago < 60 * MINUTE_MS) return t("lastUsed.minutes", { count: Math.floor(ago / MINUTE_MS) });
  const days = daysAgo(last, now);
  if (days === 0) return t("lastUsed.today", { time: clock(last, language) });
  if (days === 1) return t("lastUsed.yesterday", { time: clock(last, language) });
  return t("lastUsed.day", { day: dayMonth(last, now, language) });
}
