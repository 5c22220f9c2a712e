import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./support/test";

const WIDTHS = [320, 390, 1280];

/** Words in sight, and names for those who do not see, that did not come out of a resource file. */
async function untranslated(page: Page, own: readonly string[]): Promise<string[]> {
  return page.evaluate((known) => {
    const found = new Set<string>();
    const check = (text: string | null | undefined) => {
      let rest = text ?? "";
      // What came out of a resource stands in brackets; what people wrote, and codes and times, is nobody's to translate.
      for (let before = ""; before !== rest;) {
        before = rest;
        rest = rest.replace(/⟦[^⟦⟧]*⟧/gu, "");
      }
      for (const word of known) rest = rest.replaceAll(word, "");
      if (/\p{L}{2}/u.test(rest)) found.add(`${text}`.trim());
    };
    const aside = "script, style, [aria-hidden='true'] svg, code, .ltr, kbd, time, option, bdi, [class*=_avatar]";
    // A sentence may be cut by names that stand out: it is read as a whole, as far as it runs on in its lines.
    const sentences = new Map<Element, string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      let block = node.parentElement;
      if (!block || block.closest(aside)) continue;
      while (block.parentElement && getComputedStyle(block).display === "inline") block = block.parentElement;
      sentences.set(block, (sentences.get(block) ?? "") + (node.textContent ?? ""));
    }
    for (const sentence of sentences.values()) check(sentence);
    for (const attribute of ["aria-label", "title", "placeholder", "alt"]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) check(element.getAttribute(attribute));
    }
    return [...found];
  }, own);
}

for (const [language, direction] of [
  ["en-XA", "ltr"],
  ["en-XB", "rtl"],
] as const) {
  test(`longer words fit in every view, ${direction}, and none is untranslated`, async ({ account, person }) => {
    const amara = await account("Amara Okafor");
    const bea = await account("Bea Lindqvist");
    const chat = await amara.befriend(bea);
    const group = await amara.createGroup("Sailing", [bea]);
    await bea.send(chat, "Seen https://example.com/tides?");
    await amara.send(chat, "Yes, at noon");
    await bea.send(group.id, "Wind is up");
    // The form of a code is no word.
    const own = [
      "XXXXX-XXXXX",
      "Amara Okafor",
      "Amara",
      "Bea Lindqvist",
      "Bea",
      "Sailing",
      "Wind is up",
      "Yes, at noon",
      "Kith",
    ];
    own.push(
      "Seen https://example.com/tides?",
      "https://example.com/tides",
      "Chromium on Linux",
      "English",
      "繁體中文",
    );

    const { page, returnTo } = await (async () => {
      const someone = await person("Amara Okafor");
      return { page: someone.page, returnTo: () => someone.returnTo("/") };
    })();
    await returnTo();
    await page.evaluate((id) => {
      localStorage.setItem("kith.look", JSON.stringify({ language: id }));
    }, language);
    const log = page.getByRole("log");
    /** With something that stands there once it is complete. */
    const views: [path: string, complete: Locator][] = [
      ["/", page.getByText("Wind is up")],
      [`/chats/${chat}`, log.getByText("Yes, at noon")],
      [`/chats/${group.id}/details`, log.getByText("Wind is up")],
      ["/friends", page.getByText("Bea Lindqvist")],
      ["/friends/add", page.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/u)],
      ["/search?q=zzz", page.getByText(/⟦.*zzz/u)],
      ["/settings", page.getByText("Amara Okafor")],
      ["/settings/devices", page.getByText("Chromium on Linux")],
    ];
    for (const section of ["notifications", "look", "shortcuts"]) {
      views.push([`/settings/${section}`, page.getByRole("main").getByText(/⟦/u)]);
    }
    for (const [path, complete] of views) {
      await test.step(path.replace(/\d{6,}/u, "ID"), async () => {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(path);
        await expect(page.locator("html")).toHaveAttribute("dir", direction);
        await expect(complete.filter({ visible: true }).first()).toBeVisible();
        expect.soft(await untranslated(page, own), `${path}: untranslated`).toEqual([]);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          // What stands beside what is decided a moment after the size has changed.
          const wider = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          await expect.soft.poll(wider, `${path} at ${width}`).toBeLessThanOrEqual(0);
        }
      });
    }
  });
}

test("the language is the browser's, or the one that was chosen, in all tabs", async ({ account, person }) => {
  await account("Amara Okafor");
  const amara = await person("Amara Okafor", { locale: "zh-TW" });
  const { page } = amara;
  const query = new URLSearchParams({ return_to: "/settings/look", login_hint: amara.email, device_name: "x" });
  await page.goto(`/auth/login/dev?${query}`);
  const start = page.getByRole("button", { name: "開始" });
  const chooser = page.getByRole("combobox", { name: "語言" });
  await start.click();
  await expect(chooser).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-TW");
  const other = await amara.openTab("/friends");
  await expect(other.page.getByRole("heading", { name: "好友", level: 1 })).toBeVisible();
  await chooser.selectOption("English");
  await expect(page.getByRole("combobox", { name: "Language" })).toBeVisible();
  await expect(other.page.getByRole("heading", { name: "Friends", level: 1 })).toBeVisible();
  await expect(other.page.locator("html")).toHaveAttribute("lang", "en");
});
