/** Number of avatar and name colours in the token file. */
const HUES = 10;

/** FNV-1a, 32 bit, over the UTF-8 bytes of `text`. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** Index of the colours `--k-avN` and `--k-nmN`; depends on the id, so a rename keeps it. */
export function hueOf(id: string): number {
  return fnv1a(id) % HUES;
}

export interface Initials {
  text: string;
  /** How much room the glyphs need, which decides the font size. */
  shape: "pair" | "one" | "cjk" | "emoji";
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const EMOJI = /^(\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Regional_Indicator}{2})/u;
const HAN_OR_HANGUL = /^[\p{Script=Han}\p{Script=Hangul}]$/u;
const EAST_ASIAN = /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;

function split(text: string): string[] {
  return Array.from(graphemes.segment(text), (s) => s.segment);
}

/**
 * One or two graphemes that stand for a name.
 *
 * A name of up to four Han or Hangul characters gives its last two (the given
 * name), another East Asian one its first, an emoji in front stands alone, and
 * everything else gives the first letters of its first and last word.
 */
export function initialsOf(name: string, single = false): Initials {
  const all = split(name.trim());
  const first = all[0];
  if (first === undefined) return { text: "?", shape: "one" };
  if (EMOJI.test(first)) return { text: first, shape: "emoji" };
  if (all.length <= 4 && all.every((g) => HAN_OR_HANGUL.test(g))) {
    const text = all.slice(single ? -1 : -2).join("");
    return { text, shape: split(text).length === 1 ? "one" : "cjk" };
  }
  if (EAST_ASIAN.test(first)) return { text: first, shape: "one" };
  // Names are often written twice ("Mei-Hua Lin 林美華"): the second script is left out.
  const letters = name
    .trim()
    .split(/\s+/u)
    .map((word) => split(word)[0] ?? "")
    .filter((letter) => /^\p{L}/u.test(letter) && !EAST_ASIAN.test(letter));
  const head = (letters[0] ?? first).toLocaleUpperCase();
  const tail = letters.length > 1 ? letters.at(-1)?.toLocaleUpperCase() : undefined;
  if (single || tail === undefined) return { text: head, shape: "one" };
  return { text: head + tail, shape: "pair" };
}
