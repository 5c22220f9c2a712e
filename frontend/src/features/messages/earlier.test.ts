// @vitest-environment node
import { expect, it } from "vitest";
import { earlierDrafts } from "./earlier";

const AT = Date.parse("2026-11-24T12:00:00.000Z");
const stored = (text: string, minutes: number) => ({
  text,
  version: minutes,
  saved_at: new Date(AT + minutes * 60_000).toISOString(),
});
const kept = (text: string, minutes: number) => ({ text, savedAt: AT + minutes * 60_000 });

it.each([
  ["nothing", [], [], "", []],
  ["the newest first, wherever it was kept", [stored("a", 1), stored("c", 3)], [kept("b", 2)], "", ["c", "b", "a"]],
  ["a text once, by its newest time", [stored("a", 1), stored("b", 2)], [kept("a", 3)], "", ["a", "b"]],
  ["not what is in the composer", [stored("a", 1), stored("b ", 2)], [], "b", ["a"]],
  ["no beginning of another one", [stored("See you at", 1)], [kept("See you at noon", 2)], "", ["See you at noon"]],
  ["no beginning of what is in the composer", [stored("See you", 1)], [], "See you at noon", []],
  ["nothing empty", [stored("  ", 1)], [kept("", 2)], "x", []],
  [
    "ten",
    Array.from({ length: 8 }, (_, at) => stored(`s${at}.`, at)),
    Array.from({ length: 8 }, (_, at) => kept(`k${at}.`, 20 + at)),
    "",
    ["k7.", "k6.", "k5.", "k4.", "k3.", "k2.", "k1.", "k0.", "s7.", "s6."],
  ],
])("%s", (_what, server, local, current, texts) =>
  expect(earlierDrafts(server, local, current, 0).map(({ text }) => text)).toEqual(texts),
);

it("reckons with a clock that is wrong here", () => {
  const hour = 3_600_000;
  const found = earlierDrafts([stored("there", 5)], [{ text: "here", savedAt: AT - hour }], "", hour);
  expect(found).toEqual([
    { text: "there", savedAt: AT + 300_000 },
    { text: "here", savedAt: AT },
  ]);
});
