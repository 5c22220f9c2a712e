// @vitest-environment node
import { expect, it } from "vitest";
import { marked, markedWords, matches, termsOf, type Piece } from "./highlight";

/** Pieces with their hits in brackets. */
const drawn = (pieces: Piece[]) => pieces.map(({ text, hit }) => (hit ? `[${text}]` : text)).join("");

it.each([
  ["Óscar Ibáñez", "osc", "[Ósc]ar Ibáñez"],
  ["Óscar Ibáñez", "IBANEZ", "Óscar [Ibáñez]"],
  ["O\u0301scar", "oscar", "[O\u0301scar]"],
  ["Straße", "strasse", "[Straße]"],
  ["Nguyễn Thị Ánh", "nguyen anh", "[Nguyễn] Thị [Ánh]"],
  ["Đặng", "dang", "[Đặng]"],
  ["IŞIL Işıl", "isil", "[IŞIL] [Işıl]"],
  ["Ｋｉｔｈ", "kith", "[Ｋｉｔｈ]"],
  ["林美華", "美", "林[美]華"],
  ["aaa", "aa", "[aa]a"],
  ["🏮 Lantern", "lantern", "🏮 [Lantern]"],
  ["nothing", "x", "nothing"],
  ["nothing", "", "nothing"],
  ["", "x", ""],
])("%s sought by %s", (text, query, expected) => {
  const pieces = marked(text, termsOf(query));
  expect(drawn(pieces)).toBe(expected);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
});

it.each([
  ["Mei-Hua Lin 林美華", "lin 美", true],
  ["Mei-Hua Lin 林美華", "lin x", false],
  ["Jörg", "jorg", true],
  ["Łukasz Søren", "lukasz soren", true],
])("%s has %s: %s", (text, query, found) => expect(matches(text, termsOf(query))).toBe(found));

it.each<[string, string[], string]>([
  ["under the lanterns, lantern", ["lantern", "lanterns"], "under the [lanterns], [lantern]"],
  ["1 + (2*3) = 7.", ["(2*3)", "."], "1 + [(2*3)] = 7[.]"],
  ["燈籠節", ["燈籠"], "[燈籠]節"],
  ["as it is", [], "as it is"],
  ["as it is", [""], "as it is"],
])("%s marked with %j", (text, words, expected) => expect(drawn(markedWords(text, words))).toBe(expected));
