import type { Entry } from "@/api/types";
import type { Range, Timeline, TimelineItem } from "../state";

/** A timeline in which nothing is known yet. */
export function emptyTimeline(): Timeline {
  return {
    items: [],
    hasOlder: true,
    hasNewer: true,
    loading: "none",
    quoted: {},
    entries: [],
    ranges: [],
    gapStatus: {},
    openedAt: 0,
  };
}

/** Joins `range` with those it overlaps or touches; the result is sorted and disjoint. */
export function mergeRange(ranges: readonly Range[], range: Range): Range[] {
  let [from, to] = range;
  if (from > to) return [...ranges];
  const apart: Range[] = [];
  for (const other of ranges) {
    if (other[1] + 1 < from || other[0] > to + 1) apart.push(other);
    else {
      from = Math.min(from, other[0]);
      to = Math.max(to, other[1]);
    }
  }
  return [...apart, [from, to] as const].sort((a, b) => a[0] - b[0]);
}

/** Both lists ascend by `seq`. What is known already stays, unless the new one is erased and the old one is not. */
export function mergeEntries(known: Entry[], added: Entry[]): Entry[] {
  const first = added[0];
  if (!first) return known;
  const last = known.at(-1);
  if (!last || last.seq < first.seq) return [...known, ...added];
  const merged: Entry[] = [];
  let k = 0;
  let a = 0;
  for (;;) {
    const old = known[k];
    const fresh = added[a];
    if (old && (!fresh || old.seq < fresh.seq)) {
      merged.push(old);
      k += 1;
    } else if (fresh && (!old || fresh.seq < old.seq)) {
      merged.push(fresh);
      a += 1;
    } else if (old && fresh) {
      merged.push(fresh.unsent && !old.unsent ? fresh : old);
      k += 1;
      a += 1;
    } else return merged;
  }
}

/** The row keeps its seq, author and times; everything its author wrote goes. */
export function eraseEntry(entry: Entry): Entry {
  const { content: _content, ...rest } = entry;
  return { ...rest, unsent: true };
}

/** Adds a complete piece. `position` is the head this device knows of. */
export function insertPiece(timeline: Timeline, entries: Entry[], range: Range, position: number): Timeline {
  return derive(
    {
      ...timeline,
      entries: mergeEntries(timeline.entries, entries),
      ranges: mergeRange(timeline.ranges, range),
    },
    position,
  );
}

export function eraseInTimeline(timeline: Timeline, target: number): Timeline {
  const quote = timeline.quoted[target];
  const quoted = quote ? { ...timeline.quoted, [target]: eraseEntry(quote) } : timeline.quoted;
  const index = timeline.entries.findIndex((entry) => entry.seq === target);
  const old = timeline.entries[index];
  if (!old) return quote ? { ...timeline, quoted } : timeline;
  const erased = eraseEntry(old);
  return {
    ...timeline,
    quoted,
    entries: timeline.entries.with(index, erased),
    items: timeline.items.map((item) => (item.type === "entry" && item.entry === old ? itemOf(erased) : item)),
  };
}

/** Works the visible items and both ends out of entries and ranges. */
export function derive(timeline: Timeline, position: number): Timeline {
  const items: TimelineItem[] = [];
  let index = 0;
  timeline.ranges.forEach(([from, to], order) => {
    const before = timeline.ranges[order - 1];
    if (before) items.push(gapItem(timeline, before[1], from));
    for (; index < timeline.entries.length; index += 1) {
      const entry = timeline.entries[index];
      if (!entry || entry.seq > to) break;
      if (entry.kind !== "unsend") items.push(itemOf(entry));
    }
  });
  const first = timeline.ranges[0];
  const last = timeline.ranges.at(-1);
  return {
    ...timeline,
    items,
    hasOlder: first ? first[0] > 1 : position > 0,
    hasNewer: (last?.[1] ?? 0) < position,
  };
}

/** One object per entry, so that a row whose entry stands is not rendered again. */
const itemsByEntry = new WeakMap<Entry, TimelineItem>();

function itemOf(entry: Entry): TimelineItem {
  let item = itemsByEntry.get(entry);
  if (!item) {
    item = { type: "entry", entry };
    itemsByEntry.set(entry, item);
  }
  return item;
}

function gapItem(timeline: Timeline, afterSeq: number, beforeSeq: number): TimelineItem {
  const status = timeline.gapStatus[afterSeq];
  return {
    type: "gap",
    afterSeq,
    beforeSeq,
    loading: status?.loading ?? false,
    ...(status?.error && { error: status.error }),
  };
}

/** Whether everything of `from..to` is known. */
export function covers(ranges: readonly Range[], from: number, to: number): boolean {
  return from > to || ranges.some((range) => range[0] <= from && range[1] >= to);
}
