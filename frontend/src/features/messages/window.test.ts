import { describe, expect, it } from "vitest";
import type { Entry } from "@/api/types";
import type { Range } from "@/realtime/state";
import type { LogRow } from "./rows";
import { keptAround, wanted } from "./window";

describe("wanted", () => {
  it.each<[first: number, last: number, count: number, older: boolean, newer: boolean]>([
    [300, 320, 600, false, false],
    [59, 80, 600, true, false],
    [60, 80, 600, false, false],
    [500, 540, 600, false, true],
    [500, 539, 600, false, false],
    [20, 45, 50, true, true],
  ])("%d–%d of %d", (first, last, count, older, newer) =>
    expect(wanted({ first, last }, count)).toEqual({ older, newer }),
  );
});

const message = (seq: number): LogRow => ({ type: "notice", key: `s-${seq}`, entry: { seq } as Entry });
const day: LogRow = { type: "day", key: "day", time: 0 };

/** A row for each of `from` to `to`, every second `seq`, below a day. */
const log = (from: number, to: number) => [
  day,
  ...Array.from({ length: to - from + 1 }, (_, i) => message(2 * (from + i))),
];

describe("keptAround", () => {
  it.each<[what: string, rows: LogRow[], first: number, last: number, at: number | undefined, keep?: Range]>([
    ["in the middle", log(1, 900), 400, 420, 800, [400, 1240]],
    ["at the oldest end nothing older goes", log(1, 900), 0, 20, 2, [0, 440]],
    ["nor at the newest, where more arrives", log(1, 900), 880, 900, 1760, [1360, Infinity]],
    ["near both ends", log(1, 300), 150, 160, 300, [0, Infinity]],
    ["rows without a message are passed over", [...log(1, 300), ...log(301, 600)], 501, 520, 1000, [602, Infinity]],
    ["at rows without a message below the last one", [message(3), day], 1, 1, 3, [0, Infinity]],
    ["without any message", [day], 0, 0, undefined],
  ])("%s", (_, rows, first, last, at, keep) =>
    expect(keptAround(rows, { first, last })).toEqual(at === undefined ? undefined : { at, keep }),
  );
});
