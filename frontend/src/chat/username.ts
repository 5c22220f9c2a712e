/** Longest username, in Unicode scalar values. */
export const MAX_USERNAME = 32;

/** A username as the server keeps it: normalized and trimmed; undefined when it is none. */
export function parseUsername(input: string): string | undefined {
  const name = input.normalize("NFC").trim();
  const length = Array.from(name).length;
  return length >= 1 && length <= MAX_USERNAME && !/\p{Cc}/u.test(name) ? name : undefined;
}
