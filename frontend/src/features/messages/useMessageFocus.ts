import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { RowListHandle } from "@/ui/list/RowList";
import type { LogRow } from "./rows";
import { rowOf } from "./usePlace";

/** Messages that Page Up and Page Down pass over. */
const PAGE = 8;

/** One tab stop for the whole log; arrows, Home, End, Page Up and Page Down move between messages. */
export function useMessageFocus(rows: LogRow[], complete: boolean, list: RefObject<RowListHandle | null>) {
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
      const row = rowsNow.current[rowOf(rowsNow.current, seq)];
      if (row) list.current?.show(row.key, "nearest", () => find()?.focus({ preventScroll: true }));
    },
    [list],
  );

  const focusLast = useCallback(() => focusSeq(seqsNow.current.at(-1)), [focusSeq]);

  // The newest messages may have to be fetched before the last of them can have the focus.
  const awaited = useRef(false);
  const awaitNewest = useCallback(() => {
    awaited.current = true;
  }, []);
  useEffect(() => {
    if (!awaited.current || !complete) return;
    awaited.current = false;
    focusLast();
  }, [rows, complete, focusLast]);

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

  return { tabStop, focusLast, awaitNewest, move };
}
