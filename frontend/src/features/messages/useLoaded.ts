import { useCallback, useEffect, useRef } from "react";
import { useChat, useChatClient } from "@/app/chat";
import type { Timeline } from "@/realtime/state";
import type { LogRow } from "./rows";
import { keptAround, MOST, wanted, type View } from "./window";

interface LoadedFacts {
  id: string;
  /** All that is in memory of the conversation, and the stretch of it that is shown. */
  whole: Timeline;
  timeline: Timeline;
  rows: LogRow[];
  /** The message that tells which stretch is shown; the newest without one. */
  anchor: number | undefined;
  hold: (anchor: number) => void;
  /** Somebody is on the way to another place. */
  away: boolean;
}

/**
 * Keeps so much loaded around the view that nobody who scrolls meets an end, and no more than that. The result is told
 * which rows are in view.
 */
export function useLoaded(facts: LoadedFacts): (first: string, last: string) => void {
  const { actions } = useChatClient();
  const { id, whole, rows, anchor } = facts;
  const view = useRef<[first: string, last: string]>(undefined);
  const latest = useRef(facts);

  const fill = useCallback(
    (why: "changed" | "scrolled" | "live") => {
      const { timeline, rows: shown } = latest.current;
      const seen = viewOf(shown, view.current);
      if (!seen || (timeline.error && why === "changed")) return;
      const { older, newer } = wanted(seen, shown.length);
      const [top, bottom] = [shown[0], shown.at(-1)];
      if (older && timeline.hasOlder) {
        if (top?.type !== "gap") actions.loadOlder(id);
        else if (!top.failed || why === "live") actions.loadGap(id, top.afterSeq, "older");
      }
      if (newer && timeline.hasNewer) {
        if (bottom?.type !== "gap") actions.loadNewer(id);
        else if (!bottom.failed || why === "live") actions.loadGap(id, bottom.afterSeq, "newer");
      }
    },
    [actions, id],
  );

  useEffect(() => {
    latest.current = facts;
    fill("changed");
  });

  const live = useChat((s) => s.connection.phase === "live");
  useEffect(() => {
    if (live) fill("live");
  }, [live, fill]);

  useEffect(() => {
    const { timeline, away, hold } = latest.current;
    if (whole.items.length <= MOST || away) return;
    const seen = viewOf(rows, view.current);
    const kept = seen && keptAround(rows, seen);
    if (!kept) return;
    const [from, to] = kept.keep;
    const newest = !timeline.hasNewer && to === Infinity;
    const held = anchor !== undefined && from <= anchor && anchor <= to;
    // What is shown is named first, or the newest would be shown as soon as it is another stretch.
    if (newest || held) actions.trim(id, kept.at, kept.keep);
    else hold(kept.at);
  }, [actions, id, whole, rows, anchor]);

  return useCallback(
    (first, last) => {
      view.current = [first, last];
      fill("scrolled");
    },
    [fill],
  );
}

/** Rows may have been added and taken away since they were seen. */
function viewOf(rows: LogRow[], seen: [first: string, last: string] | undefined): View | undefined {
  if (!seen) return undefined;
  const [first, last] = seen.map((key) => rows.findIndex((row) => row.key === key)) as [number, number];
  return first < 0 && last < 0 ? undefined : { first: first < 0 ? last : first, last: last < 0 ? first : last };
}
