// @vitest-environment node
import { describe, expect, it } from "vitest";
import { characterCount, charactersLeft, insertAt, isSendable, keyAct, type EnterFacts } from "./composing";

const enter: EnterFacts = { key: "Enter", shiftKey: false, isComposing: false, keyCode: 13 };
const LONG_AGO = Number.POSITIVE_INFINITY;

describe("keyAct", () => {
  it.each<[string, Partial<EnterFacts>, number, boolean, ReturnType<typeof keyAct>]>([
    ["Enter", {}, LONG_AGO, false, "send"],
    ["Shift+Enter", { shiftKey: true }, LONG_AGO, false, "type"],
    ["Alt+Enter", { altKey: true }, LONG_AGO, false, "type"],
    ["Ctrl+Enter", { ctrlKey: true }, LONG_AGO, false, "send"],
    ["touch keyboard", {}, LONG_AGO, true, "type"],
    ["composing (most browsers)", { isComposing: true }, LONG_AGO, false, "type"],
    ["composing (key code 229)", { keyCode: 229 }, LONG_AGO, false, "type"],
    ["right after the composition (Safari)", {}, 0, false, "drop"],
    ["50 ms after", {}, 50, false, "drop"],
    ["51 ms after", {}, 51, false, "send"],
    ["a line break right after", { shiftKey: true }, 0, false, "type"],
    ["another key", { key: "a" }, LONG_AGO, false, "type"],
  ])("%s", (_, facts, since, touch, act) => expect(keyAct({ ...enter, ...facts }, since, touch)).toBe(act));
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
