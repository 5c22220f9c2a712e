import type { User } from "@/api/types";

const KEY = "kith.welcomed";

/** An account older than this was made elsewhere, or its owner has had their chance to choose a name. */
const NEW_FOR_MS = 10 * 60_000;

/** For browsers that refuse storage: the question comes once per page at most. */
let confirmed: string | undefined;

/** Remembers in this browser that somebody has confirmed their name. */
export function markWelcomed(userId: string): void {
  confirmed = userId;
  try {
    localStorage.setItem(KEY, userId);
  } catch {
    // Remembered by this page alone.
  }
}

function wasWelcomed(userId: string): boolean {
  try {
    return confirmed === userId || localStorage.getItem(KEY) === userId;
  } catch {
    return false;
  }
}

/**
 * Whether to ask for the name first: a sign-in made the account just now, with the name its provider gave.
 *
 * @param now the server's time, in ms
 */
export function isFirstRun(me: User | undefined, now: number): boolean {
  if (!me?.created_at || wasWelcomed(me.id)) return false;
  return now - Date.parse(me.created_at) < NEW_FOR_MS;
}
