import { expect, it } from "vitest";
import { faviconSvg, titleText } from "./usePageTitle";

it.each<[string | undefined, number, string]>([
  [undefined, 0, "Kith"],
  ["Mei-Hua Lin", 0, "Mei-Hua Lin · Kith"],
  ["Mei-Hua Lin", 3, "(3) Mei-Hua Lin · Kith"],
  [undefined, 128, "(99+) Kith"],
])("%s %s", (place, unread, title) => expect(titleText(place, unread)).toBe(title));

it.each([
  [0, null],
  [3, "3"],
  [12, "9+"],
])("the favicon of %s", (unread, label) => {
  const svg = new DOMParser().parseFromString(faviconSvg(unread), "image/svg+xml");
  expect(svg.querySelector("text")?.textContent ?? null).toBe(label);
  expect(svg.querySelector("parsererror")).toBeNull();
});
