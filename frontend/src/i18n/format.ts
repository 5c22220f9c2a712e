/** Dates and lists in the words of a language; always the reader's local time. */

const DAY_MS = 86_400_000;

/** `Intl` formatters are slow to build and rows are many, so each is built once. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) {
    // British order and a 24-hour clock for English: "3 October", "21:16".
    found = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, options);
    formatters.set(key, found);
  }
  return found;
}

function startOfDay(time: number): number {
  const date = new Date(time);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

/** Whole calendar days from `time` to `now`; 0 is today, 1 yesterday. Daylight saving makes days of 23 and 25 hours. */
export function daysAgo(time: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS);
}

export function sameDay(a: number, b: number): boolean {
  return startOfDay(a) === startOfDay(b);
}

/** "21:16" */
export function clock(time: number, language: string): string {
  return formatter(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time);
}

/** "21:05:07" */
export function clockWithSeconds(time: number, language: string): string {
  return formatter(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(time);
}

/** "21:05:07, GMT+8" */
export function clockWithZone(time: number, language: string): string {
  return formatter(language, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  }).format(time);
}

/** "3 October", with the year when it is not this one. */
export function dayMonth(time: number, now: number, language: string): string {
  const year = new Date(time).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return formatter(language, { day: "numeric", month: "long", year }).format(time);
}

/** "29 November, 21:00", for a moment that may be far away. */
export function dayAndClock(time: number, now: number, language: string): string {
  return `${dayMonth(time, now, language)}, ${clock(time, language)}`;
}

/** Text that the resources supply. */
export interface DayWords {
  today: string;
  yesterday: string;
}

/** A day separator: "Today", "Yesterday", "Saturday 21 November". */
export function dayLabel(time: number, now: number, language: string, words: DayWords): string {
  const days = daysAgo(time, now);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const year = new Date(time).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return formatter(language, { weekday: "long", day: "numeric", month: "long", year }).format(time).replace(",", "");
}

/** The time of a list row: "20:47", "Yesterday", "Thu", "12 Nov", "12/11/2025". */
export function listTime(time: number, now: number, language: string, words: DayWords): string {
  const days = daysAgo(time, now);
  if (days <= 0) return clock(time, language);
  if (days === 1) return words.yesterday;
  if (days < 7) return formatter(language, { weekday: "short" }).format(time);
  if (new Date(time).getFullYear() === new Date(now).getFullYear()) {
    return formatter(language, { day: "numeric", month: "short" }).format(time);
  }
  return formatter(language, { day: "2-digit", month: "2-digit", year: "numeric" }).format(time);
}

/** "Priya and 柏翰" */
export function list(names: string[], language: string): string {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(names);
}

const UNITS = ["KB", "MB", "GB"] as const;

/** "2.1 MB", in steps of 1,024 as the limits are; one place below ten. */
export function fileSize(bytes: number, language: string): string {
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const places = size < 10 && unit > 0 ? 1 : 0;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: places }).format(
    unit === 0 ? Math.max(1, Math.round(size)) : size,
  );
  return `${number}\u00a0${UNITS[unit]}`;
}

/** "0:34", "2:08", "1:02:03" */
export function playTime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(total % 60)}` : `${minutes}:${pad(total % 60)}`;
}

/** "62%" */
export function percent(part: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent" }).format(part);
}
