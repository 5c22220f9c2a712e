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

const numberFormats = new Map<string, Intl.NumberFormat>();

/** "1,234" */
export function number(value: number, language: string): string {
  let found = numberFormats.get(language);
  if (!found) {
    found = new Intl.NumberFormat(language);
    numberFormats.set(language, found);
  }
  return found.format(value);
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

/**
 * Minutes east of UTC that an RFC 3339 time was written with. Undefined where it does not tell: `-00:00` says that it
 * does not (RFC 3339 §4.3), and no place on earth is further than 14 hours.
 */
export function offsetOf(time: string): number | undefined {
  if (/z$/iu.test(time)) return 0;
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})$/u.exec(time) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  if (!(offset <= 14 * 60) || (sign === "-" && offset === 0)) return undefined;
  return sign === "-" ? -offset : offset;
}

/**
 * What the clock of somebody `offset` minutes east of UTC showed at `time`, with the weekday when it was another day
 * there: "08:16", "Tue 05:16". Undefined where it showed the same as the reader's.
 */
export function clockElsewhere(time: number, offset: number, language: string): string | undefined {
  const here = -new Date(time).getTimezoneOffset();
  if (offset === here) return undefined;
  // Shifted, so that the fields of UTC are those of the other place.
  const shifted = (minutes: number) => new Date(time + minutes * 60_000);
  const sameDate = shifted(offset).getUTCDate() === shifted(here).getUTCDate();
  return formatter(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
    ...(!sameDate && { weekday: "short" }),
  }).format(shifted(offset));
}

/** "7 minutes", "3 hours", "2 days": in the largest unit that is not misleading. */
export function duration(ms: number, language: string): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const [value, unit] =
    minutes < 90
      ? ([minutes, "minute"] as const)
      : minutes < 48 * 60
        ? ([Math.round(minutes / 60), "hour"] as const)
        : ([Math.round(minutes / 60 / 24), "day"] as const);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** "3 October", with the year when it is not this one. */
export function dayMonth(time: number, now: number, language: string): string {
  const year = new Date(time).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return formatter(language, { day: "numeric", month: "long", year }).format(time);
}

/** "29 November at 21:00", for a moment that may be far away. */
export function dayAndClock(time: number, now: number, language: string): string {
  const year = new Date(time).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return formatter(language, {
    day: "numeric",
    month: "long",
    year,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(time);
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
  while (size > 999 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const places = size < 10 && unit > 0 ? 1 : 0;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: places }).format(
    unit === 0 ? Math.ceil(size) : size,
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
