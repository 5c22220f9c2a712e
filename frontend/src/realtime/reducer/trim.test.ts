import { expect, test } from "vitest";
import type { Entry } from "@/api/types";
import type { Range } from "../state";
import { derive, emptyTimeline } from "./timeline";
import { newestOf, trimmed } from "./trim";

function entry(seq: number, replyTo?: number): Entry {
  return {
    conversation_id: "500",
    seq,
    id: String(seq),
    kind: "message",
    sender_id: "2",
    server_time: "2026-11-24T12:00:00.000Z",
    content: { type: "text", text: `text ${seq}`, ...(replyTo && { reply_to: replyTo }) },
  };
}

function timeline(ranges: Range[], replies: Record<number, number> = {}) {
  const entries = ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, replies[from + i])),
  );
  return derive({ ...emptyTimeline(), entries, ranges }, ranges.at(-1)?.[1] ?? 0);
}

test.each<[what: string, ranges: Range[], at: number, keep: Range, left: Range[]]>([
  [
    "far above the newest end, which stays",
    [[1, 900]],
    200,
    [100, 300],
    [
      [100, 300],
      [851, 900],
    ],
  ],
  ["at the newest end", [[1, 900]], 890, [690, Infinity], [[690, 900]]],
  ["so near to it that nothing lies between", [[1, 900]], 700, [600, 850], [[600, 900]]],
  [
    "at the first message",
    [[1, 900]],
    1,
    [0, 200],
    [
      [1, 200],
      [851, 900],
    ],
  ],
  [
    "beside the newest end",
    [
      [100, 400],
      [800, 900],
    ],
    200,
    [150, 250],
    [
      [150, 250],
      [851, 900],
    ],
  ],
  [
    "another stretch goes",
    [
      [1, 20],
      [100, 400],
      [899, 900],
    ],
    200,
    [0, 300],
    [
      [100, 300],
      [899, 900],
    ],
  ],
  [
    "what is not loaded trims nothing",
    [
      [1, 20],
      [100, 400],
    ],
    50,
    [40, 60],
    [
      [1, 20],
      [100, 400],
    ],
  ],
  ["nothing loaded", [], 50, [40, 60], []],
])("%s", (_, ranges, at, keep, left) => {
  const after = trimmed(timeline(ranges), at, keep);
  expect(after.ranges).toEqual(left);
  expect(after.entries).toEqual(timeline(left).entries);
});

test("of a timeline that nobody sees the newest end is left", () => {
  expect(
    newestOf(
      timeline([
        [1, 20],
        [100, 400],
      ]),
    ).ranges,
  ).toEqual([[351, 400]]);
  expect(newestOf(emptyTimeline()).ranges).toEqual([]);
});

test("what a kept message quotes is kept for it, and what is being answered; other quotes go", () => {
  const before = { ...timeline([[1, 900]], { 210: 3, 500: 4 }), quoted: { 9: entry(9), 10: entry(10) } };
  const after = trimmed(before, 200, [190, 220], [7, 9]);
  expect(Object.keys(after.quoted)).toEqual(["3", "7", "9"]);
  expect(after.quoted[3]).toBe(before.entries[2]);
});
