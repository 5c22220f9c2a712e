// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { build } from "./icons.mjs";

it.each(["sprite", "names"] as const)("the committed %s is what the icon list yields", (part) => {
  const file = part === "sprite" ? "sprite.svg" : "names.ts";
  expect(readFileSync(new URL(`../src/ui/icons/${file}`, import.meta.url), "utf8")).toBe(build()[part]);
});
