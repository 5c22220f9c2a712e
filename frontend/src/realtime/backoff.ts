import type { Random } from "./clock";

/** The first retry is spread over this, so that the clients of a lost node do not return at once. */
const FIRST_MS = 5_000;

const LONGEST_MS = 60_000;

/** Milliseconds before retry number `failures` (1 is the first), with full jitter. */
export function reconnectDelay(failures: number, random: Random): number {
  if (failures <= 1) return random() * FIRST_MS;
  return random() * Math.min(LONGEST_MS, 1000 * 2 ** failures);
}

/** Milliseconds before a message is sent again that was refused for now; never less than a second. */
export function resendDelay(attempts: number, random: Random): number {
  return 1000 + random() * Math.min(LONGEST_MS, 1000 * 2 ** attempts);
}

/** A hole often closes by itself: wait a moment, each client another one, before the server is asked. */
export function holeDelay(random: Random): number {
  return 100 + random() * 400;
}
