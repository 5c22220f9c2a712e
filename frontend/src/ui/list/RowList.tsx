import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type FocusEvent,
  type ReactNode,
  type Ref,
} from "react";
import { drawnOf, rowAt, spanAround } from "./span";
import { Scroller, type Seen } from "./scroller";
import styles from "./RowList.module.css";

/** What is drawn beyond each edge of the view, px. */
const AROUND = 800;

/** Rows that stand for a place where none is drawn. */
const NAMED = 4;

/** More is drawn when less than this is left of it, px. */
const NEAR = 500;

export type Align = "center" | "end" | "nearest";

export interface RowListHandle {
  /** Brings a row into view; `then` is called when it is there. */
  show: (key: string, align: Align, then?: () => void) => void;
  /** Goes to the end of the rows as soon as they are complete. */
  toEnd: () => void;
}

interface RowListProps<Row extends { key: string }> {
  ref: Ref<RowListHandle>;
  rows: Row[];
  renderRow: (row: Row) => ReactNode;
  /** Height of a row until it is drawn and measured, px. */
  estimate: (row: Row) => number;
  /** Where the list begins, and begins anew when none of the rows in view is left. */
  place: { index: number; align: Align };
  /** Nothing is missing after the last row: who is at the end stays there when rows are added. */
  complete: boolean;
  /** Keys of the first and the last row in view. */
  onView: (first: string, last: string) => void;
  onAtEnd: (atEnd: boolean) => void;
  className?: string | undefined;
  children?: ReactNode;
}

/**
 * Rows of any height that are added and taken away at both ends, of which only those around the view are drawn. What is
 * in view stays where it is on the screen whatever changes around it: rows, their heights, or the guess of a height.
 */
export function RowList<Row extends { key: string }>(props: RowListProps<Row>) {
  const { ref, rows, renderRow, estimate, place, children } = props;
  const element = useRef<HTMLDivElement>(null);
  const [scroller] = useState(() => new Scroller());
  /** What was in view when the rows to draw were chosen last. */
  const [seen, setSeen] = useState<Seen>({ rows: [], height: window.innerHeight });
  const [focused, setFocused] = useState<string>();

  const indexes = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const heights = rows.map((row) => scroller.heightOf(row.key) ?? estimate(row));
  const known = seen.rows.find(({ key }) => indexes.has(key));
  const at = known ? (indexes.get(known.key) ?? 0) : Math.min(place.index, rows.length - 1);
  const top = known ? known.top : seen.height * (place.align === "end" ? 1 : 0.5);
  const span = spanAround(heights, at, top, seen.height, AROUND);
  const drawn = drawnOf(heights, span, focused === undefined ? -1 : (indexes.get(focused) ?? -1));

  const latest = useRef({ props, indexes, heights, span });
  const reported = useRef({ first: "", last: "", atEnd: undefined as boolean | undefined });

  /** Looks at what is in view now, tells it, and draws more where little is left. */
  const look = useCallback(() => {
    if (!scroller.visible) return;
    const { props: now, heights: all, span: shown } = latest.current;
    const { rows: inView, atEnd, height, start, end } = scroller.look(now.complete);
    let seenNow = inView;
    if (seenNow.length === 0) {
      // It went faster than rows are drawn. Several are named, as one of them may be gone with the next rows.
      const { index, top: from } = rowAt(all, -start.list);
      let top = from + start.list;
      seenNow = now.rows.slice(index, index + NAMED).map(({ key }, i) => {
        const row = { key, top };
        top += all[index + i] ?? 0;
        return row;
      });
      scroller.hold(seenNow);
    }
    const first = seenNow[0]?.key ?? "";
    const last = seenNow.at(-1)?.key ?? "";
    const before = reported.current;
    reported.current = { first, last, atEnd };
    const lacksAbove = shown.from > 0 && start.drawn > -NEAR;
    const lacksBelow = shown.to < all.length && end < height + NEAR;
    if (lacksAbove || lacksBelow || inView.length === 0) {
      const next = { rows: seenNow, height };
      setSeen((last) => (isSame(last, next) ? last : next));
    }
    if (before.first !== first || before.last !== last) now.onView(first, last);
    if (before.atEnd !== atEnd) now.onAtEnd(atEnd);
  }, [scroller]);

  const settle = useCallback(() => {
    if (!scroller.visible) return scroller.hide();
    const { props: now, indexes: places, span: shown } = latest.current;
    const goal = now.rows[Math.min(now.place.index, now.rows.length - 1)];
    const keys = now.rows.slice(shown.from, shown.to).map(({ key }) => key);
    const start = goal && { key: goal.key, align: now.place.align };
    const lacking = scroller.settle(keys, (key) => places.has(key), now.complete, start);
    if (lacking) setSeen(({ height }) => ({ rows: lacking, height }));
    else look();
  }, [scroller, look]);

  useLayoutEffect(() => {
    latest.current = { props, indexes, heights, span };
    settle();
  });

  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const sizes = new ResizeObserver(settle);
    sizes.observe(box);
    if (box.firstElementChild) sizes.observe(box.firstElementChild);
    return () => sizes.disconnect();
  }, [settle]);

  useImperativeHandle(
    ref,
    () => ({
      show(key, align, then) {
        if (!latest.current.indexes.has(key)) return;
        scroller.aim({ key, align, ...(then && { then }) });
        setSeen(({ height }) => ({ rows: [{ key, top: height / 2 }], height }));
      },
      toEnd() {
        scroller.aim("end");
        settle();
      },
    }),
    [scroller, settle],
  );

  const attach = useCallback(
    (box: HTMLDivElement | null) => {
      element.current = box;
      scroller.attach(box);
    },
    [scroller],
  );

  function onFocus(event: FocusEvent) {
    setFocused((event.target as HTMLElement).closest<HTMLElement>("[data-key]")?.dataset.key);
  }

  return (
    <div
      ref={attach}
      className={`${styles.scroller} ${props.className ?? ""}`}
      onScroll={() => scroller.onScroll(look)}
    >
      <div className={styles.rows} onFocus={onFocus} onBlur={() => setFocused(undefined)}>
        {drawn.rows.flatMap(({ index, before }) => {
          const row = rows[index];
          if (!row) return [];
          const room = before > 0 && <div key={`before ${row.key}`} style={{ blockSize: before }} />;
          return [
            room,
            <div key={row.key} data-key={row.key} className={styles.row}>
              {renderRow(row)}
            </div>,
          ];
        })}
        {drawn.after > 0 && <div style={{ blockSize: drawn.after }} />}
        {children}
      </div>
    </div>
  );
}

function isSame(one: Seen, other: Seen): boolean {
  const [first, second] = [one.rows[0], other.rows[0]];
  return one.height === other.height && first?.key === second?.key && first?.top === second?.top;
}
