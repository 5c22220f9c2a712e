import type { Locator } from "@playwright/test";
import { finger } from "./support/finger";
import { expect, PHONE, test } from "./support/test";

test.use({ limits: false });

const left = async (message: Locator) => (await message.boundingBox())?.x ?? NaN;

for (const [language, way] of [
  ["en", 1],
  ["en-XB", -1],
] as const) {
  test(`a finger swipes a message to answer it, ${way > 0 ? "left to right" : "right to left"}`, async ({
    account,
    person,
  }) => {
    const amara = await account("Amara Okafor");
    const bea = await account("Bea Lindqvist");
    const chat = await amara.befriend(bea);
    for (let at = 0; at < 40; at += 1) await bea.send(chat, `Tide table, line ${at}`);
    const gone = await bea.send(chat, "Nothing");
    await bea.call("POST", `/conversations/${chat}/entries/${gone.seq}/unsend`);
    await bea.send(chat, "Wind tomorrow?");
    const own = await amara.send(chat, "From the west");
    await amara.call("PUT", `/conversations/${chat}/read`, { seq: own.seq });
    const { page, tab } = await (
      await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true })
    ).returnTo("/");
    await page.evaluate((id) => localStorage.setItem("kith.look", JSON.stringify({ language: id })), language);
    await page.goto(`/chats/${chat}`);
    await expect(page.locator("html")).toHaveAttribute("dir", way > 0 ? "ltr" : "rtl");
    const composer = page.locator("[data-composer]");
    const quote = page.locator("[class*=_composer_] [class*=_reply_]");
    const message = tab.message("Wind tomorrow?");
    await expect(message).toBeInViewport();
    const rest = await left(message);

    await test.step("not far enough: it follows, and goes back", async () => {
      const touch = await finger(message);
      await touch.moveBy(50 * way, 4);
      await expect.poll(() => left(message)).toBeCloseTo(rest + 40 * way, 0);
      await touch.lift();
      await expect.poll(() => left(message)).toBe(rest);
      await expect(quote).toBeHidden();
    });

    await test.step("the other way, or another way first: nothing", async () => {
      const touch = await finger(message);
      await touch.moveBy(-80 * way, 0);
      await touch.moveBy(120 * way, 0);
      expect(await left(message)).toBe(rest);
      await touch.lift();
      await expect(quote).toBeHidden();
    });

    await test.step("up and down it scrolls, wherever it goes then", async () => {
      const list = tab.log.locator("> *");
      const before = await list.evaluate((element) => element.scrollTop);
      const touch = await finger(message);
      await touch.moveBy(0, 120);
      await touch.moveBy(120 * way, 120);
      await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBeLessThan(before - 50);
      expect(await left(message)).toBe(rest);
      await touch.lift();
      await expect(quote).toBeHidden();
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    });

    await test.step("what is no more cannot be answered", async () => {
      const unsent = tab.log.locator(`article[data-seq="${gone.seq}"]`);
      const touch = await finger(unsent);
      await touch.moveBy(120 * way, 0);
      await touch.lift();
      await expect(quote).toBeHidden();
    });

    await test.step("a mouse does nothing of the kind", async () => {
      const box = await message.boundingBox();
      await page.mouse.move((box?.x ?? 0) + 40, (box?.y ?? 0) + 10);
      await page.mouse.down();
      await page.mouse.move((box?.x ?? 0) + 40 + 120 * way, (box?.y ?? 0) + 10, { steps: 5 });
      expect(await left(message)).toBe(rest);
      await page.mouse.up();
      await expect(quote).toBeHidden();
    });

    await test.step("far enough: the arrow says so, and letting go quotes it where one writes", async () => {
      const touch = await finger(message);
      await touch.moveBy(90 * way, 6);
      await expect(tab.log.locator("[data-swiping=far]")).toContainText("Wind tomorrow?");
      await touch.lift();
      await expect(quote).toContainText("Wind tomorrow?");
      await expect(composer).toBeFocused();
      await expect.poll(() => left(message)).toBe(rest);
      await composer.fill("Enough for the big sail");
      await page.locator("[class*=_send_]").click();
      await expect(tab.message("Enough for the big sail")).toContainText("Wind tomorrow?");
    });

    await test.step("one's own too", async () => {
      const touch = await finger(tab.message("From the west").first());
      await touch.moveBy(90 * way, 0);
      await touch.lift();
      await expect(quote).toContainText("From the west");
    });
  });
}
