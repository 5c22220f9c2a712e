import type { DraftText } from "./reducer/drafts";

/** A text that was being written here and gave way to another one. */
export interface EarlierDraft {
  text: string;
  reply_to?: number;
  /** In milliseconds of this machine's clock. */
  savedAt: number;
}

/** So many earlier drafts of a conversation are kept, and for so long. */
export const EARLIER_DRAFTS = 10;
export const EARLIER_DRAFT_LIFE_MS = 7 * 24 * 3_600_000;

/** A loss of so many UTF-16 units is one however long the text is. */
const PARAGRAPH = 40;

/**
 * Whether so much of `before` is missing in `after` that its author may want it back: half of it, or a paragraph. A
 * word that is corrected, or text that is added, is no loss.
 */
export function isLoss(before: DraftText, after: DraftText): boolean {
  const length = before.text.trim().length;
  if (length === 0) return false;
  const gone = before.text.length - common(before.text, after.text);
  return gone >= PARAGRAPH || gone * 2 >= length;
}

/** What two texts have in common at their ends. */
function common(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return start + end;
}
