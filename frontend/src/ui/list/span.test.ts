import { describe, expect, it } from "vitest";
import { drawnOf, rowAt, spanAround } from "./span";

/** Ten rows of 10, 20, … 100 px; their tops are at 0, 10, 30, 60, 100, 150, 210, 280, 360, 450. */
const TEN = Array.from({ length: 10 }, (_, i) => (i + 1) * 10);

describe("spanAround", () => {
  it.each<[what: string, at: number, top: number, view: number, around: number, from: number, to: number]>([
    ["from the first row", 0, 0, 60, 0, 0, 3],
    ["a row that is cut off by the edge", 3, -5, 60, 0, 3, 5],
    ["and around the view", 4, 0, 50, 50, 2, 6],
    ["from the end up", 9, -50, 50, 100, 8, 10],
    ["as many as there are", 5, 0, 5_000, 5_000, 0, 10],
    ["the row itself, however far below", 6, 5_000, 100, 0, 0, 7],
    ["down to the view, however far above", 2, -150, 40, 0, 2, 7],
  ])("%s", (_, at, top, view, around, from, to) =>
    expect(spanAround(TEN, at, top, view, around)).toEqual({ from, to }),
  );

  it("of nothing is nothing", () => expect(spanAround([], 0, 0, 100, 100)).toEqual({ from: 0, to: 0 }));
});

describe("rowAt", () => {
  it.each<[y: number, index: number, top: number]>([
    [-50, 0, 0],
    [0, 0, 0],
    [9, 0, 0],
    [10, 1, 10],
    [359, 7, 280],
    [9_999, 9, 450],
  ])("%d px", (y, index, top) => expect(rowAt(TEN, y)).toEqual({ index, top }));
});

describe("drawnOf", () => {
  it.each<[from: number, to: number, keep: number, rows: [index: number, before: number][], after: number]>([
    [
      0,
      2,
      -1,
      [
        [0, 0],
        [1, 0],
      ],
      520,
    ],
    [
      8,
      10,
      -1,
      [
        [8, 360],
        [9, 0],
      ],
      0,
    ],
    [
      4,
      6,
      5,
      [
        [4, 100],
        [5, 0],
      ],
      340,
    ],
    [
      4,
      6,
      1,
      [
        [1, 10],
        [4, 70],
        [5, 0],
      ],
      340,
    ],
    [
      4,
      6,
      8,
      [
        [4, 100],
        [5, 0],
        [8, 150],
      ],
      100,
    ],
    [
      4,
      6,
      10,
      [
        [4, 100],
        [5, 0],
      ],
      340,
    ],
  ])("%d–%d and %d", (from, to, keep, rows, after) => {
    const drawn = drawnOf(TEN, { from, to }, keep);
    expect(drawn.rows.map(({ index, before }) => [index, before])).toEqual(rows);
    expect(drawn.after).toBe(after);
    const all = drawn.rows.reduce((sum, { index, before }) => sum + before + (TEN[index] ?? 0), drawn.after);
    expect(all).toBe(550);
  });
});
