import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { build } from "../../../scripts/icons.mjs";

it("is the sprite that the icon list yields", () => {
  const { sprite, names } = build();
  expect(readFileSync(new URL("sprite.svg", import.meta.url), "utf8")).toBe(sprite);
  expect(readFileSync(new URL("names.ts", import.meta.url), "utf8")).toBe(names);
});
