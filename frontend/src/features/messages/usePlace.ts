import { useCallback, useEffect, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useChatClient } from "@/app/chat";
import { covers } from "@/realtime/reducer/timeline";
import { snack } from "@/ui/feedback/snack";
import type { RowListHandle } from "@/ui/list/RowList";
import type { LogRow } from "./rows";

const FLASH_MS = 1_200;

/** The row of a message; -1 when it has none. */
export function rowOf(rows: LogRow[], seq: number | undefined): number {
  return seq === undefined ? -1 : rows.findIndex((row) => "entry" in row && row.entry.seq === seq);
}

interface Place {
  /** The message whose surroundings the log shows; undefined shows the newest. */
  anchor: number | undefined;
  /** The message that is to be scrolled to as soon as it is there; until then the log stays where it is. */
  target: number | undefined;
  /** The log has been somewhere. */
  begun: boolean;
}

/** Where in the conversation the log is. A message that is not loaded is fetched with its surroundings first. */
export function usePlace(conversationId: string, at: number | undefined) {
  const { t } = useTranslation();
  const { actions, store } = useChatClient();
  const [place, setPlace] = useState<Place>({ anchor: undefined, target: at, begun: at === undefined });
  const [seen, setSeen] = useState(at);
  if (at !== seen) {
    setSeen(at);
    if (at !== undefined) setPlace({ ...place, target: at });
  }

  const load = useCallback(
    (seq: number) => {
      void actions.loadAround(conversationId, seq).then(() => {
        const ranges = store.getState().timelines[conversationId]?.ranges ?? [];
        if (covers(ranges, seq, seq)) return;
        setPlace((now) => (now.target === seq ? { anchor: now.anchor, target: undefined, begun: true } : now));
        snack(t("log.notLoaded"));
      });
    },
    [actions, store, conversationId, t],
  );
  const jumpTo = useCallback(
    (seq: number) => {
      setPlace((now) => ({ ...now, target: seq }));
      load(seq);
    },
    [load],
  );
  const toNewest = useCallback(() => setPlace({ anchor: undefined, target: undefined, begun: true }), []);
  /** The log has come this far from its anchor. */
  const hold = useCallback((seq: number) => setPlace((now) => ({ ...now, anchor: seq })), []);
  const arrived = useCallback(
    () => setPlace(({ anchor, target }) => ({ anchor: target ?? anchor, target: undefined, begun: true })),
    [],
  );

  useEffect(() => {
    if (at !== undefined) load(at);
  }, [at, load]);

  return { ...place, jumpTo, toNewest, hold, arrived };
}

interface ScrollFacts {
  rows: LogRow[];
  target: number | undefined;
  /** Everything around the target is loaded. */
  loaded: boolean;
  list: RefObject<RowListHandle | null>;
  onArrived: () => void;
}

/** Scrolls to the target once it has a row, and lets it flash; the result is the message that does. */
export function useScrollTo({ rows, target, loaded, list, onArrived }: ScrollFacts): number | undefined {
  const { t } = useTranslation();
  const [flash, setFlash] = useState<number>();
  const key = rows[rowOf(rows, target)]?.key;

  useEffect(() => {
    if (target === undefined) return;
    if (key === undefined) {
      if (!loaded) return;
      // It was answered as not visible: sought, or quoted, before it went.
      snack(t("failure.notFound"));
      onArrived();
      return;
    }
    list.current?.show(key, "center", () => setFlash(target));
    onArrived();
  }, [target, key, loaded, list, onArrived, t]);

  useEffect(() => {
    if (flash === undefined) return;
    const timer = setTimeout(() => setFlash(undefined), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flash]);

  return flash;
}
