import { foldName } from "./names";

/** A stretch of a text; `hit` is drawn marked. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** The words of a query, folded as {@link foldName} folds. */
export function termsOf(query: string): string[] {
  return [...new Set(foldName(query).split(/\s+/u).filter(Boolean))];
}

/** Whether every term occurs, whatever its case and accents. */
export function matches(text: string, terms: readonly string[]): boolean {
  const folded = foldName(text);
  return terms.every((term) => folded.includes(term));
}

/** Cuts a text so that what matches the folded `terms` can be marked; the pieces joined are the text. */
export function marked(text: string, terms: readonly string[]): Piece[] {
  // Folding changes lengths, so each folded unit remembers the character it comes from.
  const characters = Array.from(text);
  let folded = "";
  const from: number[] = [];
  characters.forEach((character, index) => {
    const part = foldName(character);
    folded += part;
    for (let unit = 0; unit < part.length; unit += 1) from.push(index);
  });
  const hits = new Set<number>();
  for (const term of terms) {
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
      for (let unit = at; unit < at + term.length; unit += 1) hits.add(from[unit] ?? -1);
    }
  }
  return joined(
    characters.map((character, index) => ({
      text: character,
      // An accent that stands alone belongs to the letter before it.
      hit: hits.has(index) || (foldName(character) === "" && hits.has(index - 1)),
    })),
  );
}

/** Cuts a text at the exact `words`, of which the longest wins. */
export function markedWords(text: string, words: readonly string[]): Piece[] {
  const wanted = [...new Set(words)].filter(Boolean).sort((a, b) => b.length - a.length);
  if (wanted.length === 0) return [{ text, hit: false }];
  const pattern = new RegExp(`(${wanted.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&")).join("|")})`, "u");
  return text
    .split(pattern)
    .map((part, index) => ({ text: part, hit: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

function joined(pieces: Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last?.hit === piece.hit) last.text += piece.text;
    else result.push({ ...piece });
  }
  return result;
}
