import { useEffect, useState, type RefObject } from "react";

/** Rows that are drawn beyond each edge of the view. */
const AROUND = 8;

/** The window moves by this many rows, so that few steps of a scroll draw anything. */
const STEP = 4;

interface Options {
  /** The element that scrolls. Its rows are `li` of one height. */
  scroller: RefObject<HTMLElement | null>;
  count: number;
  /** Height of a row until one is drawn and measured, px. */
  rowHeight: number;
  /** Index of a row that is drawn wherever it is, such as the focused one; negative for none. */
  keep: number;
}

/** A drawn row, and the height of those before it that are not. */
export interface WindowRow {
  index: number;
  /** px */
  before: number;
}

interface Window {
  rows: WindowRow[];
  /** Height of the rows after the last drawn one, px. */
  after: number;
}

/** The rows of a long list that are drawn: those in view and some around it. */
export function useWindow({ scroller, count, rowHeight, keep }: Options): Window {
  const [view, setView] = useState(() => ({ ...rangeAt(0, window.innerHeight, rowHeight), height: rowHeight }));

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      // Larger text makes higher rows, and so does another density.
      const height = element.querySelector<HTMLElement>("li:not([aria-hidden])")?.offsetHeight || rowHeight;
      const { from, to } = rangeAt(element.scrollTop, element.clientHeight, height);
      setView((before) =>
        before.from === from && before.to === to && before.height === height ? before : { from, to, height },
      );
    };
    element.addEventListener("scroll", look, { passive: true });
    // Also when it is shown for the first time.
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, [scroller, rowHeight]);

  const { height } = view;
  const indexes = indexesOf(view, keep, count);
  const rows = indexes.map((index, at) => ({ index, before: (index - (indexes[at - 1] ?? -1) - 1) * height }));
  return { rows, after: (count - 1 - (indexes.at(-1) ?? -1)) * height };
}

interface Range {
  from: number;
  /** Exclusive. */
  to: number;
}

/** The rows to draw for a view of `size` px that begins at `top` px. */
export function rangeAt(top: number, size: number, rowHeight: number): Range {
  const first = Math.floor(top / rowHeight) - AROUND;
  const last = Math.ceil((top + size) / rowHeight) + AROUND;
  return { from: Math.max(0, Math.floor(first / STEP) * STEP), to: Math.ceil(last / STEP) * STEP };
}

/** Ascending. */
export function indexesOf({ from, to }: Range, keep: number, count: number): number[] {
  const end = Math.min(to, count);
  // A list that became shorter shows its end until the scroller has said where it is.
  const start = from < end ? from : Math.max(0, end - 2 * AROUND);
  const indexes = Array.from({ length: end - start }, (_, at) => start + at);
  if (keep < 0 || keep >= count) return indexes;
  if (keep < start) return [keep, ...indexes];
  return keep >= end ? [...indexes, keep] : indexes;
}
