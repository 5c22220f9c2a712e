// @vitest-environment node
import { expect, it } from "vitest";
import { minutesToUnsend } from "./unsending";

const MINUTE = 60_000;

it.each([
  [0, 60],
  [-5, 60], // Its clock is ahead of ours.
  [18.5, 41],
  [58.9, 1],
  [59.4, 1],
  [59.5, undefined],
  [600, undefined],
])("after %s minutes", (minutes, left) => expect(minutesToUnsend(1e12, 1e12 + minutes * MINUTE)).toBe(left));
