import { describe, expect, it } from "vitest";
import { fnv1a, hueOf, initialsOf } from "./identity";

describe("fnv1a", () => {
  it.each([
    // Test vectors of the FNV reference code.
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("hashes %j", (text, hash) => expect(fnv1a(text)).toBe(hash));

  it("gives a colour of the palette", () => {
    for (let id = 0; id < 200; id += 1) {
      expect(hueOf(String(id))).toBeGreaterThanOrEqual(0);
      expect(hueOf(String(id))).toBeLessThan(10);
    }
  });
});

describe("initialsOf", () => {
  it.each([
    ["Lena Hartmann", "LH", "pair"],
    ["lena", "L", "one"],
    ["Bartholomew Featherstonehaugh-Cholmondeley", "BF", "pair"],
    ["Mei-Hua Lin 林美華", "ML", "pair"],
    ["Óscar Ibáñez", "ÓI", "pair"],
    ["O\u0301scar", "O\u0301", "one"],
    ["陳柏翰", "柏翰", "cjk"],
    ["김서연", "서연", "cjk"],
    ["林", "林", "one"],
    ["歐陽小美麗", "歐", "one"],
    ["佐藤ゆき", "佐", "one"],
    ["象山健行 Sunday hikes", "象", "one"],
    ["Анна Петрова", "АП", "pair"],
    ["Flat 4B", "F", "one"],
    ["👩‍👩‍👧 family", "👩‍👩‍👧", "emoji"],
    ["🇹🇼 trip", "🇹🇼", "emoji"],
    ["42", "4", "one"],
    ["  ", "?", "one"],
  ])("%s", (name, text, shape) => expect(initialsOf(name)).toEqual({ text, shape }));

  it.each([
    ["Lena Hartmann", "L"],
    ["陳柏翰", "翰"],
  ])("small: %s", (name, text) => expect(initialsOf(name, true).text).toBe(text));
});
