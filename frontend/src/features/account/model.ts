/** Bounds of an account password, in Unicode scalar values as the server counts them. */
export const PASSWORD_LENGTH = { least: 8, most: 128 } as const;

/** What is wrong with a new password. Any composition is allowed; it is taken exactly as typed. */
export function passwordFault(text: string): "short" | "long" | undefined {
  const length = Array.from(text).length;
  if (length < PASSWORD_LENGTH.least) return "short";
  return length > PASSWORD_LENGTH.most ? "long" : undefined;
}

/** Whether somebody typed their name, which they may have in another Unicode form than the keyboard gives. */
export function isName(typed: string, username: string): boolean {
  return typed.normalize("NFC").trim() === username.normalize("NFC").trim();
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A wait in the largest unit that does not say zero, rounded up so that it is never said to be over too early. */
export function waitIn(ms: number): { unit: "hours" | "minutes"; count: number } {
  if (ms > HOUR_MS) return { unit: "hours", count: Math.ceil(ms / HOUR_MS) };
  return { unit: "minutes", count: Math.max(1, Math.ceil(ms / MINUTE_MS)) };
}
