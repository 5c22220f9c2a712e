import { expect, it } from "vitest";
import { EMOJI_DIR, emojiFiles } from "./emoji.mjs";

interface Datum {
  emoji: string;
  label: string;
  tags?: string[];
  skins?: { emoji: string; tone: number | number[] }[];
}

const read = <T>(path: string) => JSON.parse(emojiFiles().get(`${EMOJI_DIR}/${path}`) ?? "null") as T;

it("has names and keywords in both languages", () => {
  for (const [locale, label] of [
    ["en", "thumbs up"],
    ["zh-hant", "讚"],
  ] as const) {
    const thumb = read<Datum[]>(`${locale}/data.json`).find(({ emoji }) => emoji.startsWith("👍"));
    expect(thumb?.label).toBe(label);
    expect(thumb?.tags).not.toHaveLength(0);
    expect(thumb?.skins?.map((skin) => skin.tone)).toEqual([1, 2, 3, 4, 5]);
  }
});

it("keeps what the picker does not read out of the build", () => {
  const [first] = read<Record<string, unknown>[]>("en/data.json").filter((item) => "group" in item);
  expect(Object.keys(first ?? {})).not.toContain("hexcode");
});
