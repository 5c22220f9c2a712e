import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CODE_LENGTH, parseCode, showCode } from "./code";

describe("parseCode", () => {
  it.each([
    ["4xj9p-tb6wc", "4XJ9PTB6WC"],
    [" 4XJ9P TB6WC ", "4XJ9PTB6WC"],
    ["oOiIlL", "001111"],
    ["U!?é", ""],
    ["4XJ9PTB6WC7777", "4XJ9PTB6WC"],
    ["https://kith.example/add/4XJ9P-TB6WC", "4XJ9PTB6WC"],
    ["https://kith.example/join/4XJ9P-TB6WC?x=1", "4XJ9PTB6WC"],
    ["", ""],
  ])("%j", (input, code) => expect(parseCode(input)).toBe(code));

  it("is stable: what is shown parses to itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const code = parseCode(text);
        expect(code.length).toBeLessThanOrEqual(CODE_LENGTH);
        expect(parseCode(showCode(code))).toBe(code);
      }),
    );
  });
});

it.each([
  ["4XJ9P", "4XJ9P"],
  ["4XJ9PT", "4XJ9P-T"],
  ["4XJ9PTB6WC", "4XJ9P-TB6WC"],
])("shows %s as %s", (code, text) => expect(showCode(code)).toBe(text));
