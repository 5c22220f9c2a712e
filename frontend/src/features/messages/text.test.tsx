import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { isBigEmoji, linked } from "./text";

describe("linked", () => {
  it.each<[string, string[]]>([
    ["see https://kith.example/a?b=c#d.", ["https://kith.example/a?b=c#d"]],
    ["http://localhost:8080/x", ["http://localhost:8080/x"]],
    ["kith.org is fine", ["https://kith.org"]],
    ["mail me: a@kith.org", ["mailto:a@kith.org"]],
    ["ftp://kith.org/x", []],
    ["javascript:alert(1)", []],
    ["data:text/html,x", []],
    ["<a href='https://kith.org'>x</a>", []],
    ["nothing", []],
  ])("%s", (text, hrefs) => {
    const { container } = render(<p>{linked(text)}</p>);
    expect(container.textContent).toBe(text);
    const links = [...container.querySelectorAll("a")];
    expect(links.map((a) => a.getAttribute("href"))).toEqual(hrefs);
    for (const link of links) expect(link.rel).toContain("noopener");
  });
});

describe("isBigEmoji", () => {
  it.each([
    ["🥟", true],
    ["🥟🥟🥟", true],
    ["👩‍👩‍👧 🇹🇼", false], // The space counts as a third part, and is not an emoji.
    ["👩‍👩‍👧🇹🇼👍🏽", true],
    ["❤️", true],
    ["🥟🥟🥟🥟", false],
    ["ok 🥟", false],
    ["1", false],
    ["", false],
  ])("%s is %s", (text, big) => expect(isBigEmoji(text)).toBe(big));
});
