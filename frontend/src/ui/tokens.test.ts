// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");

function tokensOf(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries([...block.matchAll(/--k-([\w-]+):\s*(#[0-9a-f]{6});/gi)].map((m) => [m[1], m[2]]));
}

const light = tokensOf(":root");
const dark = { ...light, ...tokensOf(':root[data-theme="dark"]') };

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = 4.5;
const SHAPE = 3;

const pairs: [fore: string, back: string, least: number][] = [
  ...["ground", "sheet", "raised", "hover", "theirs"].map((b) => ["ink", b, TEXT] as [string, string, number]),
  ...["ground", "sheet", "raised", "hover", "theirs", "sunken"].map(
    (b) => ["ink-2", b, TEXT] as [string, string, number],
  ),
  ...["ground", "sheet", "raised", "hover", "theirs", "accent-soft"].map(
    (b) => ["ink-3", b, TEXT] as [string, string, number],
  ),
  ...["ground", "sheet", "raised", "mine", "accent-soft", "accent-wash"].map(
    (b) => ["accent-ink", b, TEXT] as [string, string, number],
  ),
  ["on-accent", "accent", TEXT],
  ["on-accent", "accent-hover", TEXT],
  ["mine-ink", "mine", TEXT],
  ["mine-ink-2", "mine", TEXT],
  ["on-lamp", "lamp", TEXT],
  ["lamp-ink", "lamp-soft", TEXT],
  ["lamp-ink", "ground", TEXT],
  ["ok-ink", "ok-soft", TEXT],
  ["on-danger", "danger", TEXT],
  ["on-danger", "danger-hover", TEXT],
  ["danger-ink", "danger-soft", TEXT],
  ["danger-ink", "sheet", TEXT],
  ["mark-ink", "mark", TEXT],
  ["on-toast", "toast", TEXT],
  ["line-strong", "raised", SHAPE],
  ["ok", "ground", SHAPE],
  ["focus", "ground", SHAPE],
  ["focus", "sheet", SHAPE],
  ["lamp-line", "sheet", SHAPE],
  ...Array.from({ length: 10 }, (_, i) => [`av${i}-ink`, `av${i}`, TEXT] as [string, string, number]),
  ...Array.from({ length: 10 }, (_, i) => [`nm${i}`, "sheet", TEXT] as [string, string, number]),
];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("%s", (_, tokens) => {
  it.each(pairs)("%s on %s is at least %s : 1", (fore, back, least) => {
    const [a, b] = [tokens[fore], tokens[back]];
    if (!a || !b) throw new Error(`no token ${a ? back : fore}`);
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least);
  });
});
