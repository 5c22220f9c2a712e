/** Rows `from` up to but not including `to`. */
export interface Span {
  from: number;
  to: number;
}

/**
 * The rows to draw when the top of row `at` is `top` px below the top of a view: those in the view and for `around` px
 * beyond both of its edges.
 */
export function spanAround(heights: number[], at: number, top: number, view: number, around: number): Span {
  let from = at;
  for (let edge = top; from > 0 && edge > -around; from -= 1) edge -= heights[from - 1] ?? 0;
  let to = at;
  for (let edge = top; to < heights.length && edge < view + around; to += 1) edge += heights[to] ?? 0;
  return { from, to: Math.min(heights.length, Math.max(to, at + 1)) };
}

/** The row at a distance of `y` px from the start of the list, and how far from the start its own top is. */
export function rowAt(heights: number[], y: number): { index: number; top: number } {
  let index = 0;
  let top = 0;
  for (; index < heights.length - 1; index += 1) {
    const height = heights[index] ?? 0;
    if (top + height > y) break;
    top += height;
  }
  return { index, top };
}

/** A drawn row, and the height of those before it that are not. */
export interface Drawn {
  index: number;
  /** px */
  before: number;
}

/** The rows of a span, and one that is drawn wherever it is (negative for none), with the room between them. */
export function drawnOf(heights: number[], { from, to }: Span, keep: number): { rows: Drawn[]; after: number } {
  const indexes = Array.from({ length: to - from }, (_, i) => from + i);
  if (keep >= 0 && keep < from) indexes.unshift(keep);
  else if (keep >= to && keep < heights.length) indexes.push(keep);
  const between = (start: number, end: number) => heights.slice(start, end).reduce((sum, height) => sum + height, 0);
  const rows = indexes.map((index, i) => ({ index, before: between((indexes[i - 1] ?? -1) + 1, index) }));
  return { rows, after: between((indexes.at(-1) ?? -1) + 1, heights.length) };
}
