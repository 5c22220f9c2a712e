import type { Timeline } from "@/realtime/state";

/**
 * The stretch of a timeline without a gap that holds `seq`, with the gaps that bound it; without a `seq`, or while it is
 * not known, the newest. A log shows one stretch, which grows at both ends as somebody scrolls, so that nobody ever
 * scrolls over a gap.
 */
export function sliceAt(timeline: Timeline, seq: number | undefined): Timeline {
  const { items, ranges } = timeline;
  const range = ranges.find(([from, to]) => seq !== undefined && from <= seq && seq <= to) ?? ranges.at(-1);
  if (!range || ranges.length < 2) return timeline;
  const start = items.findIndex((item) => item.type === "gap" && item.beforeSeq === range[0]);
  const end = items.findIndex((item) => item.type === "gap" && item.afterSeq === range[1]);
  return {
    ...timeline,
    items: items.slice(Math.max(0, start), end < 0 ? undefined : end + 1),
    hasOlder: start >= 0 || timeline.hasOlder,
    hasNewer: end >= 0 || timeline.hasNewer,
  };
}

/** Which way a gap is filled: from the newer side for who scrolls up, from the older side for who scrolls down. */
export type Fill = "older" | "newer";
