// @vitest-environment node
import { expect, it } from "vitest";
import { isName, passwordFault, waitIn } from "./model";

it.each([
  ["", "short"],
  ["1234567", "short"],
  ["12345678", undefined],
  ["        ", undefined],
  // Eight characters in sixteen UTF-16 units.
  ["🦊🦊🦊🦊🦊🦊🦊🦊", undefined],
  ["🦊🦊🦊🦊", "short"],
  ["x".repeat(128), undefined],
  ["x".repeat(129), "long"],
])("password %j: %s", (text, fault) => expect(passwordFault(text)).toBe(fault));

it.each([
  ["Amara Okafor", "Amara Okafor", true],
  [" Amara Okafor ", "Amara Okafor", true],
  ["amara okafor", "Amara Okafor", false],
  ["Amara", "Amara Okafor", false],
  ["", "Amara Okafor", false],
  // Typed as a letter and a combining mark.
  ["Zoe\u0308", "Zo\u00eb", true],
])("%j names %j: %s", (typed, name, same) => expect(isName(typed, name)).toBe(same));

it.each([
  [86_400_000, "hours", 24],
  [3_600_001, "hours", 2],
  [3_600_000, "minutes", 60],
  [61_000, "minutes", 2],
  [10, "minutes", 1],
  [0, "minutes", 1],
] as const)("a wait of %i ms is told in %s: %i", (ms, unit, count) => expect(waitIn(ms)).toEqual({ unit, count }));
