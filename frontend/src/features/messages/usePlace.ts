import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { VirtuosoHandle } from "react-virtuoso";
import { useChatClient } from "@/app/chat";
import { covers } from "@/realtime/reducer/timeline";
import { snack } from "@/ui/feedback/snack";
import type { LogRow } from "./rows";

const FLASH_MS = 1_200;

/** The row of a message; -1 when it has none. */
export function rowOf(rows: LogRow[], seq: number | undefined): number {
  return seq === undefined ? -1 : rows.findIndex((row) => "entry" in row && row.entry.seq === seq);
}

interface Place {
  /** The message whose surroundings the log shows; undefined shows the newest. */
  anchor: number | undefined;
  /** The message that is to be scrolled to as soon as it is there. */
  target: number | undefined;
}

/** Where in the conversation the log is. A message that is not loaded is fetched with its surroundings first. */
export function usePlace(conversationId: string, at: number | undefined) {
  const { t } = useTranslation();
  const { actions, store } = useChatClient();
  const [place, setPlace] = useState<Place>({ anchor: at, target: at });
  const [seen, setSeen] = useState(at);
  if (at !== seen) {
    setSeen(at);
    if (at !== undefined) setPlace({ anchor: at, target: at });
  }

  const load = useCallback(
    (seq: number) => {
      void actions.loadAround(conversationId, seq).then(() => {
        const ranges = store.getState().timelines[conversationId]?.ranges ?? [];
        if (covers(ranges, seq, seq)) return;
        setPlace((now) => (now.target === seq ? { anchor: undefined, target: undefined } : now));
        snack(t("log.notLoaded"));
      });
    },
    [actions, store, conversationId, t],
  );
  const jumpTo = useCallback(
    (seq: number) => {
      setPlace({ anchor: seq, target: seq });
      load(seq);
    },
    [load],
  );
  const toNewest = useCallback(() => setPlace({ anchor: undefined, target: undefined }), []);
  const arrived = useCallback(() => setPlace(({ anchor }) => ({ anchor, target: undefined })), []);

  useEffect(() => {
    if (at !== undefined) load(at);
  }, [at, load]);

  return { ...place, jumpTo, toNewest, arrived };
}

/**
 * Names the list that is drawn. A jump to what had to be fetched first begins a new one, which starts there: a list that
 * gets a page on top and is told to scroll into it at once does not find its way.
 *
 * @param generation as the rows have it
 * @param present whether the target has a row
 */
export function useListKey(generation: number, target: number | undefined, present: boolean): string {
  const [jumps, setJumps] = useState({ away: false, count: 0 });
  const away = target !== undefined && !present;
  if (away !== jumps.away) setJumps({ away, count: away ? jumps.count : jumps.count + 1 });
  return `${generation}-${jumps.count}`;
}

interface ScrollFacts {
  rows: LogRow[];
  /** Another key means another list. */
  listKey: string;
  target: number | undefined;
  /** Everything around the target is loaded. */
  loaded: boolean;
  list: RefObject<VirtuosoHandle | null>;
  onArrived: () => void;
}

/** Scrolls to the target once it has a row, and lets it flash; the result is the message that does. */
export function useScrollTo({ rows, listKey, target, loaded, list, onArrived }: ScrollFacts): number | undefined {
  const { t } = useTranslation();
  const [flash, setFlash] = useState<number>();
  const index = rowOf(rows, target);
  const rowsNow = useRef(rows);
  const scrolled = useRef<string>(undefined);
  useEffect(() => {
    rowsNow.current = rows;
  }, [rows]);

  useEffect(() => {
    // A list that has just appeared begins at the target; to scroll before it knows its rows would lead it astray.
    const begins = scrolled.current !== listKey;
    if (rowsNow.current.length > 0) scrolled.current = listKey;
    if (target === undefined) return;
    if (index < 0) {
      if (!loaded) return;
      // It was answered as not visible: sought, or quoted, before it went.
      snack(t("failure.notFound"));
      onArrived();
      return;
    }
    // The list takes new rows in its own effects; scrolling comes after them.
    const frame = requestAnimationFrame(() => {
      if (!begins) list.current?.scrollToIndex({ index: rowOf(rowsNow.current, target), align: "center" });
      setFlash(target);
      onArrived();
    });
    return () => cancelAnimationFrame(frame);
  }, [rows, listKey, target, index, loaded, list, onArrived, t]);

  useEffect(() => {
    if (flash === undefined) return;
    const timer = setTimeout(() => setFlash(undefined), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flash]);

  return flash;
}
