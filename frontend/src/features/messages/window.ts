import type { Range } from "@/realtime/state";
import type { LogRow } from "./rows";

/** Rows between the view and an end of what is loaded, below which a page is asked for. */
const AHEAD = 60;

/** Messages of a conversation in memory, above which those far from the view go. */
export const MOST = 600;

/** Rows that stay on each side of the view. */
const KEPT = 200;

/** Indexes of the first and the last row in view. */
export interface View {
  first: number;
  last: number;
}

/** At which ends of `count` loaded rows a page is wanted, if there is one. */
export function wanted({ first, last }: View, count: number): { older: boolean; newer: boolean } {
  return { older: first < AHEAD, newer: last >= count - AHEAD };
}

/** What is to stay in memory around a view: a message in it, and the `seq`s around that, open where no row is to go. */
export function keptAround(rows: LogRow[], { first, last }: View): { at: number; keep: Range } | undefined {
  const seqs = rows.map((row) => ("entry" in row ? row.entry.seq : undefined));
  const next = (from: number) => seqs.slice(Math.max(0, from)).find((seq) => seq !== undefined);
  const at = next(first) ?? seqs.findLast((seq) => seq !== undefined);
  if (at === undefined) return undefined;
  const from = first > KEPT ? (next(first - KEPT) ?? 0) : 0;
  const to = last + KEPT < rows.length - 1 ? (next(last + KEPT) ?? Infinity) : Infinity;
  return { at, keep: [from, to] };
}
