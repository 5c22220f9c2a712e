import type { Entry } from "@/api/types";
import { replyTargetOf } from "../quoting";
import type { ChatState, Range, Timeline } from "../state";
import { mergeRange } from "./timeline";

/** `seq`s of the newest end that always stay, so that nobody waits on the way back to it. */
const NEWEST = 50;

/**
 * The timeline with nothing but `keep` of the stretch that holds `at`, and the newest end. What went is on this machine's
 * disk or on the server, and comes back as a page. The caller derives.
 *
 * @param quoted `seq`s of messages that are quoted elsewhere
 */
export function trimmed(timeline: Timeline, at: number, [from, to]: Range, quoted: number[] = []): Timeline {
  const shown = timeline.ranges.find((range) => range[0] <= at && at <= range[1]);
  if (!shown) return timeline;
  const kept: Range = [Math.max(shown[0], from), Math.min(shown[1], to)];
  return withRanges(timeline, newestRanges(timeline).reduce(mergeRange, [kept]), quoted);
}

/** The timeline with nothing but its newest end. */
export function newestOf(timeline: Timeline): Timeline {
  return withRanges(timeline, newestRanges(timeline), []);
}

/** Messages that what is being written and sent here answers. */
export function quotedByWriting(state: ChatState, conversationId: string): number[] {
  const pending = state.outbox[conversationId] ?? [];
  return [state.drafts[conversationId], ...pending.map(({ content }) => content)].flatMap(
    (each) => each?.reply_to ?? [],
  );
}

function newestRanges({ ranges }: Timeline): Range[] {
  const last = ranges.at(-1);
  return last ? [[Math.max(last[0], last[1] - NEWEST + 1), last[1]]] : [];
}

function withRanges(timeline: Timeline, ranges: Range[], also: number[]): Timeline {
  const kept: Entry[] = [];
  const gone = new Map<number, Entry>();
  for (const entry of timeline.entries) {
    if (ranges.some((range) => range[0] <= entry.seq && entry.seq <= range[1])) kept.push(entry);
    else gone.set(entry.seq, entry);
  }
  const quoted: Timeline["quoted"] = {};
  for (const seq of [...also, ...kept.flatMap((entry) => replyTargetOf(entry.content) ?? [])]) {
    const target = gone.get(seq) ?? timeline.quoted[seq];
    if (target) quoted[seq] = target;
  }
  return { ...timeline, entries: kept, ranges, quoted };
}
