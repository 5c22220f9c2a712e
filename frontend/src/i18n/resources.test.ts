// @vitest-environment node
import { describe, expect, it } from "vitest";
import en from "./en.json";
import zhTW from "./zh-TW.json";

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

/** Plural forms differ between languages, so keys are compared without them. */
const base = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const placeholders = (text: string) => new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));

const english = flatten(en as Tree);
const englishBases = new Set([...english.keys()].map(base));

describe.each([["zh-TW", zhTW as Tree]])("%s", (language, resource) => {
  const other = flatten(resource);

  it("has no key that English lacks", () => {
    expect([...other.keys()].filter((key) => !englishBases.has(base(key)))).toEqual([]);
  });

  it("has every key", () => {
    const bases = new Set([...other.keys()].map(base));
    expect([...englishBases].filter((key) => !bases.has(key))).toEqual([]);
  });

  it("has the plural forms of its language", () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = [...englishBases].filter((key) => english.has(`${key}_other`));
    const missing = plurals.flatMap((key) => forms.map((form) => `${key}_${form}`)).filter((key) => !other.has(key));
    expect(missing).toEqual([]);
  });

  it("uses only placeholders that English has", () => {
    for (const [key, text] of other) {
      const known = placeholders(
        [...english]
          .filter(([k]) => base(k) === base(key))
          .map(([, v]) => v)
          .join(" "),
      );
      for (const name of placeholders(text)) expect(known.has(name), `${key}: ${name}`).toBe(true);
    }
  });
});
