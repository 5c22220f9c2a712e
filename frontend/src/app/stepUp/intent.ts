/** What somebody was about to do when they had to sign in again. */
export type Intent =
  | { act: "sign_out_device"; deviceId: string; deviceName: string }
  | { act: "sign_out_others" }
  | { act: "change_password" }
  | { act: "delete_account"; typedName: string };

interface Remembered {
  userId: string;
  at: number;
  intent: Intent;
}

const KEY = "kith.intent";

/** A sign-in this old does not stand in for the account password any more. */
const INTENT_LIFE_MS = 10 * 60_000;

/** Keeps the intent over the way to the provider and back: in this tab only, and never anything secret. */
export function rememberIntent(userId: string, intent: Intent, now: number): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ userId, at: now, intent } satisfies Remembered));
  } catch {
    // The form is not opened again by itself then.
  }
}

/** The intent of this user, unless it is another act or too old. Whoever signed in as somebody else begins anew. */
export function recallIntent<Act extends Intent["act"]>(
  userId: string | undefined,
  acts: readonly Act[],
  now: number,
): Extract<Intent, { act: Act }> | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    const known = text === null ? undefined : (JSON.parse(text) as Remembered);
    if (!known || known.userId !== userId || now - known.at > INTENT_LIFE_MS) return undefined;
    const { intent } = known;
    return isOneOf(intent, acts) ? intent : undefined;
  } catch {
    return undefined;
  }
}

export function forgetIntent(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

function isOneOf<Act extends Intent["act"]>(
  intent: Intent,
  acts: readonly Act[],
): intent is Extract<Intent, { act: Act }> {
  return acts.some((act) => act === intent.act);
}
