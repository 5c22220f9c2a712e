// @vitest-environment node
import { expect, it } from "vitest";
import { pseudoText } from "./pseudo";

it.each([
  ["Save", "⟦Šåvé o⟧"],
  ["{{count}} new", "⟦{{count}} ñéŵ o⟧"],
  ["{{time}}", "⟦{{time}}⟧"],
  ["Search messages for “{{query}}”", "⟦Šéåŕçĥ méššåĝéš föŕ “{{query}}” one two ⟧"],
])("%s", (text, pseudo) => expect(pseudoText(text)).toBe(pseudo));

it("is 40 %% longer, but for the brackets", () => {
  const text = "Messages keep the server’s time.";
  expect(pseudoText(text)).toHaveLength(Math.ceil(text.length * 1.4) + 2);
});
