import { expect, test } from "vitest";
import type { Entry } from "@/api/types";
import type { Range } from "../state";
import { emptyTimeline, eraseInTimeline, insertPiece, mergeRange } from "./timeline";

function entry(seq: number, extra: Partial<Entry> = {}): Entry {
  return {
    conversation_id: "500",
    seq,
    id: String(seq),
    kind: "message",
    sender_id: "2",
    server_time: "2026-11-24T12:00:00.000Z",
    content: { type: "text", text: `text ${seq}` },
    ...extra,
  };
}

test.each<[Range[], Range, Range[]]>([
  [[], [1, 3], [[1, 3]]],
  [[[1, 3]], [4, 4], [[1, 4]]],
  [
    [[1, 3]],
    [5, 6],
    [
      [1, 3],
      [5, 6],
    ],
  ],
  [
    [
      [1, 3],
      [5, 6],
    ],
    [4, 4],
    [[1, 6]],
  ],
  [[[5, 9]], [2, 20], [[2, 20]]],
  [[[5, 9]], [6, 7], [[5, 9]]],
  [[[5, 9]], [1, 0], [[5, 9]]],
])("%j with %j is %j", (ranges, range, expected) => {
  expect(mergeRange(ranges, range)).toEqual(expected);
});

test("a hole between pieces is a gap; one inside a piece is not", () => {
  let timeline = insertPiece(emptyTimeline(), [entry(10), entry(12)], [10, 12], 12);
  timeline = insertPiece(timeline, [entry(3)], [3, 4], 12);
  const rows = timeline.items.map((item) => (item.type === "gap" ? [item.afterSeq, item.beforeSeq] : item.entry.seq));
  expect(rows).toEqual([3, [4, 10], 10, 12]);
  expect([timeline.hasOlder, timeline.hasNewer]).toEqual([true, false]);
});

test("unsends take a place but are not shown", () => {
  const unsend = entry(2, { kind: "unsend", target_seq: 1 });
  const timeline = insertPiece(emptyTimeline(), [entry(1, { unsent: true }), unsend], [1, 2], 2);
  expect(timeline.items).toHaveLength(1);
  expect(timeline.hasOlder).toBe(false);
});

test("an erased entry loses its content in its row and in quotes; other rows stay the same objects", () => {
  const before = insertPiece({ ...emptyTimeline(), quoted: { 2: entry(2) } }, [entry(1), entry(2)], [1, 2], 2);
  const after = eraseInTimeline(before, 2);
  expect(after.items[0]).toBe(before.items[0]);
  expect(after.items[1]).toMatchObject({ entry: { seq: 2, unsent: true } });
  expect(JSON.stringify(after)).not.toContain("text 2");
});
