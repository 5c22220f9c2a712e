/**
 * Languages that nobody speaks, for trying the interface: every text is accented, put in brackets and 40 % longer. What
 * stands on a page without brackets was not translated; what the longer text breaks would break in German too.
 */

type Resources = { [key: string]: string | Resources };

const PLAIN = "AaCcDdEeGgHhIiKkLlNnOoRrSsTtUuWwYyZz";
const ACCENTED = "ÅåÇçÐðÉéĜĝĤĥÎîĶķĻļÑñÖöŔŕŠšŢţÛûŴŵÝýŽž";

/** The longer one of these fills a text up. */
const FILLER = " one two three four five six seven eight nine ten eleven twelve";

/** Placeholders stay as they are. */
const PLACEHOLDER = /(\{\{[^}]*\}\})/u;

export function pseudoText(text: string): string {
  const parts = text.split(PLACEHOLDER);
  const own = parts.filter((_, index) => index % 2 === 0).join("").length;
  const accented = parts.map((part, index) => (index % 2 === 0 ? accent(part) : part)).join("");
  return `⟦${accented}${FILLER.slice(0, Math.ceil(own * 0.4))}⟧`;
}

function accent(text: string): string {
  return text.replace(/[A-Za-z]/gu, (letter) => ACCENTED[PLAIN.indexOf(letter)] ?? letter);
}

export function pseudoResources(resources: Resources): Resources {
  return Object.fromEntries(
    Object.entries(resources).map(([key, value]) => [
      key,
      typeof value === "string" ? pseudoText(value) : pseudoResources(value),
    ]),
  );
}
