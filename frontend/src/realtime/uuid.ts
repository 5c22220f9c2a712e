/** UUID of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then chance, so that ids sort by their making. */
export function uuidV7(now: number, bytes: Uint8Array = crypto.getRandomValues(new Uint8Array(16))): string {
  const id = Uint8Array.from(bytes);
  for (let i = 0; i < 6; i += 1) id[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x70;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** RFC 3339 with this machine's offset, as the sender saw the clock. */
export function localTime(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const pad = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${pad(offset / 60)}:${pad(offset % 60)}`;
}
