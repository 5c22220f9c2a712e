// @vitest-environment node
import { describe, expect, it } from "vitest";
import { characterCount, charactersLeft, insertAt, isSendable, isSendKey, type EnterFacts } from "./composing";

const enter: EnterFacts = { key: "Enter", shiftKey: false, isComposing: false, keyCode: 13 };
const LONG_AGO = Number.POSITIVE_INFINITY;

describe("isSendKey", () => {
  it.each<[string, Partial<EnterFacts>, number, boolean, boolean]>([
    ["Enter", {}, LONG_AGO, false, true],
    ["Shift+Enter", { shiftKey: true }, LONG_AGO, false, false],
    ["Alt+Enter", { altKey: true }, LONG_AGO, false, false],
    ["Ctrl+Enter", { ctrlKey: true }, LONG_AGO, false, true],
    ["touch keyboard", {}, LONG_AGO, true, false],
    ["composing (most browsers)", { isComposing: true }, LONG_AGO, false, false],
    ["composing (key code 229)", { keyCode: 229 }, LONG_AGO, false, false],
    ["right after the composition (Safari)", {}, 0, false, false],
    ["50 ms after", {}, 50, false, false],
    ["51 ms after", {}, 51, false, true],
    ["another key", { key: "a" }, LONG_AGO, false, false],
  ])("%s", (_, facts, since, touch, sends) => expect(isSendKey({ ...enter, ...facts }, since, touch)).toBe(sends));
});

describe("counting", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["🥟", 1],
    ["👩‍👩‍👧", 5],
    ["e\u0301", 2],
    ["\ud800", 1],
  ])("%j has %s", (text, count) => expect(characterCount(text)).toBe(count));

  it.each([
    [7_499, undefined],
    [7_500, 500],
    [8_000, 0],
    [8_042, -42],
  ])("%s characters", (length, left) => expect(charactersLeft("a".repeat(length))).toBe(left));

  it("does not count both halves of a pair", () => {
    expect(charactersLeft("🥟".repeat(7_499))).toBeUndefined();
    expect(charactersLeft("🥟".repeat(7_600))).toBe(400);
  });
});

it.each([
  ["a", true],
  [" a ", true],
  ["", false],
  [" \n\t", false],
  ["a".repeat(8_000), true],
  ["a".repeat(8_001), false],
])("sendable", (text, sendable) => expect(isSendable(text)).toBe(sendable));

it.each([
  ["", 0, 0, "👍", 2],
  ["ab", 1, 1, "a👍b", 3],
  ["abcd", 1, 3, "a👍d", 3],
  ["ab", 2, 2, "ab👍", 4],
])("an emoji put into %j at %i–%i", (text, start, end, shown, caret) =>
  expect(insertAt(text, start, end, "👍")).toEqual({ text: shown, caret }),
);
