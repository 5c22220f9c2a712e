import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { VirtuosoHandle } from "react-virtuoso";
import type { LogRow } from "./rows";

/** Messages that Page Up and Page Down pass over. */
const PAGE = 8;

/** One tab stop for the whole log; arrows, Home, End, Page Up and Page Down move between messages. */
export function useMessageFocus(rows: LogRow[], list: RefObject<VirtuosoHandle | null>) {
  const [focused, setFocused] = useState<number>();
  const seqs = useMemo(() => rows.flatMap((row) => (row.type === "message" ? [row.entry.seq] : [])), [rows]);
  const rowsNow = useRef(rows);
  const seqsNow = useRef(seqs);
  useEffect(() => {
    rowsNow.current = rows;
    seqsNow.current = seqs;
  }, [rows, seqs]);
  const tabStop = focused !== undefined && seqs.includes(focused) ? focused : seqs.at(-1);

  const focusSeq = useCallback(
    (seq: number | undefined) => {
      if (seq === undefined) return;
      setFocused(seq);
      const find = () => document.querySelector<HTMLElement>(`article[data-seq="${seq}"]`);
      const present = find();
      if (present) {
        present.focus({ preventScroll: true });
        present.scrollIntoView({ block: "nearest" });
        return;
      }
      const index = rowsNow.current.findIndex((row) => row.type === "message" && row.entry.seq === seq);
      list.current?.scrollIntoView({ index, done: () => find()?.focus({ preventScroll: true }) });
    },
    [list],
  );

  const focusLast = useCallback(() => focusSeq(seqsNow.current.at(-1)), [focusSeq]);

  /** Moves from the message `seq`; "below" when the way leads out of the log, to the composer. */
  const move = useCallback(
    (key: string, seq: number): boolean | "below" => {
      const all = seqsNow.current;
      const at = all.indexOf(seq);
      const steps: Record<string, number> = {
        ArrowUp: at - 1,
        ArrowDown: at + 1,
        PageUp: at - PAGE,
        PageDown: Math.min(at + PAGE, all.length - 1),
        Home: 0,
        End: all.length - 1,
      };
      const to = steps[key];
      if (to === undefined) return false;
      if (to >= all.length) return "below";
      focusSeq(all[Math.max(0, to)]);
      return true;
    },
    [focusSeq],
  );

  return { tabStop, focusLast, move };
}
