/** Longest text of a message, in Unicode scalar values. */
export const MAX_CHARACTERS = 8_000;

/** The counter is shown from here. */
export const COUNT_FROM = 7_500;

/** Some input methods end the composition and then send the Enter that ended it as an ordinary key. */
const COMPOSITION_TAIL_MS = 50;

/** Length in Unicode scalar values, as the server counts; a lone surrogate counts as one. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Characters left, once it is worth saying; negative when there are too many. */
export function charactersLeft(text: string): number | undefined {
  // A scalar value has at least one UTF-16 unit, so a short text needs no counting.
  if (text.length < COUNT_FROM) return undefined;
  const count = characterCount(text);
  return count < COUNT_FROM ? undefined : MAX_CHARACTERS - count;
}

/** Whether a text can be sent as it is; it goes out as typed, spaces and all. */
export function isSendable(text: string): boolean {
  return text.trim() !== "" && (charactersLeft(text) ?? 0) >= 0;
}

export interface EnterFacts {
  key: string;
  shiftKey: boolean;
  altKey?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
  isComposing: boolean;
  keyCode: number;
}

/**
 * What a key does to the text: Enter sends, with Shift it breaks the line, on touch keyboards it always does. An Enter
 * that belongs to an input method never sends, of which browsers tell in three different ways; one that comes after the
 * composition is dropped, as it would break the line.
 *
 * @param sinceComposition ms since the last composition ended
 */
export function keyAct(event: EnterFacts, sinceComposition: number, touch: boolean): "send" | "drop" | "type" {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || touch) return "type";
  if (event.isComposing || event.keyCode === 229) return "type";
  return sinceComposition > COMPOSITION_TAIL_MS ? "send" : "drop";
}

/** Puts `piece` in the place of what is selected, and the caret behind it; positions in UTF-16 units. */
export function insertAt(text: string, start: number, end: number, piece: string): { text: string; caret: number } {
  return { text: text.slice(0, start) + piece + text.slice(end), caret: start + piece.length };
}
