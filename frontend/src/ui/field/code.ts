/** Length of friend and group codes, without the hyphen. */
export const CODE_LENGTH = 10;

/**
 * Makes a friend or group code of what somebody typed or pasted: capitals, no
 * separators, and the letters that Crockford base32 reads as digits (O is 0; I
 * and L are 1). A pasted link gives the code at its end. What cannot be in a code is
 * dropped.
 *
 * @returns up to {@link CODE_LENGTH} characters
 */
export function parseCode(input: string): string {
  const link = /\/(?:add|join)\/([^/?#\s]+)/i.exec(input);
  return (link?.[1] ?? input)
    .toUpperCase()
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1")
    .replace(/[^0-9A-HJKMNP-TV-Z]/g, "")
    .slice(0, CODE_LENGTH);
}

/** `XXXXX-XXXXX`; the hyphen comes with the sixth character, so that Backspace can pass it. */
export function showCode(code: string): string {
  return code.length > 5 ? `${code.slice(0, 5)}-${code.slice(5)}` : code;
}
