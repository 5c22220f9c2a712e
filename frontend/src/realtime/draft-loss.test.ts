// @vitest-environment node
import { expect, it } from "vitest";
import { isLoss } from "./draft-loss";

const LONG = "The kiln is free on Thursday from nine, and somebody has to bring the keys. ".repeat(3);

it.each([
  ["typing on", "Hello", "Hello there", false],
  ["the first word", "", "Hello", false],
  ["only spaces gone", "   ", "", false],
  ["a corrected letter", "Helo there", "Hello there", false],
  ["a corrected word", "See you on Thursday at nine", "See you on Friday at nine", false],
  ["the last word gone", "Hello big world", "Hello big", false],
  ["everything gone", "ok", "", true],
  ["another text", "ok", "hey", true],
  ["half of it gone", "Hello big world", "Hello", true],
  ["a sentence of a long text gone", LONG, LONG.slice(76), true],
  ["a word of a long text gone", LONG, LONG.replace("Thursday ", ""), false],
  // The ends overlap: "aa" in "aaa" is not counted twice.
  ["a repeated letter gone", "aaa", "aa", false],
])("%s", (_what, before, after, lost) => expect(isLoss({ text: before }, { text: after })).toBe(lost));
