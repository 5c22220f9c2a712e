// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Entry } from "@/api/types";
import { derive, emptyTimeline } from "@/realtime/reducer/timeline";
import type { Range, Timeline } from "@/realtime/state";
import { sliceAt } from "./slice";

const entry = (seq: number): Entry => ({
  conversation_id: "9",
  seq,
  id: String(seq),
  kind: "message",
  sender_id: "2",
  server_time: "2026-11-24T12:00:00.000Z",
  content: { type: "text", text: String(seq) },
});

function timeline(ranges: Range[], head: number): Timeline {
  const entries = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => entry(from + i)));
  return derive({ ...emptyTimeline(), entries, ranges }, head);
}

const outline = ({ items, hasOlder, hasNewer }: Timeline) =>
  `${hasOlder ? "…" : ""}${items.map((item) => (item.type === "gap" ? "|" : item.entry.seq)).join(" ")}${hasNewer ? "…" : ""}`;

describe("sliceAt", () => {
  const three: Range[] = [
    [3, 4],
    [10, 11],
    [20, 21],
  ];
  it.each<[Range[], number, number | undefined, string]>([
    [three, 21, undefined, "…| 20 21"],
    [three, 30, undefined, "…| 20 21…"],
    [three, 21, 20, "…| 20 21"],
    [three, 21, 11, "…| 10 11 |…"],
    [three, 21, 3, "…3 4 |…"],
    [three, 21, 7, "…| 20 21"],
    [[[1, 2], ...three.slice(1)], 21, 1, "1 2 |…"],
    [[[1, 3]], 3, 2, "1 2 3"],
    [[[2, 3]], 9, undefined, "…2 3…"],
    [[], 0, 5, ""],
  ])("%j of %s at %s", (ranges, head, seq, expected) => {
    expect(outline(sliceAt(timeline(ranges, head), seq))).toBe(expected);
  });

  it("is one with the newest as soon as nothing lies between", () => {
    const merged = timeline([[3, 21]], 21);
    expect(outline(sliceAt(merged, 4))).toBe(outline(merged));
  });
});
