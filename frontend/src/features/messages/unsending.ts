/** An hour, less half a minute: a request that starts later would arrive too late. */
const OFFERED_MS = 59.5 * 60_000;
const ALLOWED_MS = 60 * 60_000;

/**
 * Whole minutes in which a message can still be unsent; undefined when it is too late to offer it.
 *
 * @param sentAt server time of the message, in ms
 * @param now server time, in ms
 */
export function minutesToUnsend(sentAt: number, now: number): number | undefined {
  const age = now - sentAt;
  if (age >= OFFERED_MS) return undefined;
  return Math.max(1, Math.floor((ALLOWED_MS - Math.max(0, age)) / 60_000));
}
