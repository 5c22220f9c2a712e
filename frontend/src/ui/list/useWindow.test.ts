// @vitest-environment node
import { expect, it } from "vitest";
import { indexesOf, rangeAt } from "./useWindow";

it.each<[string, Parameters<typeof rangeAt>, [number, number]]>([
  ["the top", [0, 680, 68], [0, 20]],
  ["a part of a row", [67, 680, 68], [0, 20]],
  ["further down", [6_800, 680, 68], [92, 120]],
  ["a list that is not shown", [0, 0, 68], [0, 8]],
])("draws what is in view and some around it: %s", (_, view, [from, to]) =>
  expect(rangeAt(...view)).toEqual({ from, to }),
);

it.each<[string, Parameters<typeof indexesOf>, number[]]>([
  ["a short list", [{ from: 0, to: 20 }, -1, 3], [0, 1, 2]],
  ["none", [{ from: 0, to: 20 }, -1, 0], []],
  ["the kept row is in the window", [{ from: 4, to: 8 }, 5, 100], [4, 5, 6, 7]],
  ["above it", [{ from: 4, to: 8 }, 1, 100], [1, 4, 5, 6, 7]],
  ["below it", [{ from: 4, to: 8 }, 99, 100], [4, 5, 6, 7, 99]],
  ["gone", [{ from: 4, to: 8 }, 100, 100], [4, 5, 6, 7]],
  ["the list has become shorter", [{ from: 400, to: 420 }, -1, 3], [0, 1, 2]],
])("%s", (_, given, indexes) => expect(indexesOf(...given)).toEqual(indexes));
