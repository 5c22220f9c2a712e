import { expect, test } from "./support/test";

test.use({ limits: false });

/** Several pages. */
const MESSAGES = 160;

/** So many lines that one more or less is needed where the room for them is a little wider. */
const LONG = "High water at noon. ".repeat(45);

for (const kind of ["group", "direct"] as const) {
  test(`who scrolls faster than older messages come stays where they are when those do: ${kind}`, async ({
    account,
    person,
  }) => {
    const amara = await account("Amara Okafor");
    const bea = await account("Bea Lindqvist");
    const direct = await amara.befriend(bea);
    const chat = kind === "direct" ? direct : (await amara.createGroup("Sailing", [bea])).id;
    for (let at = 0; at < MESSAGES; at += 20) {
      const texts = Array.from({ length: 20 }, (_, i) => `Tide table, line ${at + i}. ${LONG}`);
      await Promise.all(texts.map((text) => bea.send(chat, text)));
    }
    const last = await bea.send(chat, "That is all");
    await amara.call("PUT", `/conversations/${chat}/read`, { seq: last.seq });
    const { page, tab } = await (await person("Amara Okafor")).returnTo("/");

    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let awaited = 0;
    await page.route(`**/api/v1/conversations/${chat}/entries?before=*`, async (route) => {
      const before = Number(new URL(route.request().url()).searchParams.get("before"));
      if (before <= last.seq) {
        awaited += 1;
        await released;
      }
      await route.continue();
    });
    await page.goto(`/chats/${chat}`);
    await expect(tab.message("That is all")).toBeInViewport();
    await expect.poll(() => awaited).toBe(1);

    const list = tab.log.locator("> *");
    await tab.log.hover();
    await expect(async () => {
      await page.mouse.wheel(0, -4_000);
      // Rows that are drawn now for the first time may be higher than was guessed.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
    }).toPass();
    const topmost = tab.messages.first();
    const seq = await topmost.getAttribute("data-seq");
    const row = tab.log.locator(`[data-seq="${seq}"]`);
    await expect(row).toBeInViewport();
    const before = await row.boundingBox();

    release();
    await expect.poll(() => tab.messages.first().getAttribute("data-seq")).not.toBe(seq);
    const after = await row.boundingBox();
    expect(after?.y).toBeCloseTo(before?.y ?? NaN, 0);
    expect(after?.height).toBeCloseTo(before?.height ?? NaN, 0);
  });
}

test("where a scroll leads stays in view, whatever is drawn before its event has come", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  for (let at = 0; at < 11; at += 1) await bea.send(chat, `Tide table, line ${at}. ${LONG}`);
  const { seq } = await bea.send(chat, `Tide table, line 11. ${LONG}`);
  await amara.call("PUT", `/conversations/${chat}/read`, { seq });
  const { page, tab } = await (await person("Amara Okafor")).returnTo("/");
  await page.goto(`/chats/${chat}`);
  await expect(tab.message("line 11")).toBeInViewport();

  await test.step("by the keyboard", async () => {
    await tab.composer.focus();
    await page.keyboard.press("ArrowUp");
    for (let at = 11; at > 6; at -= 1) {
      await expect(tab.message(`line ${at}.`)).toBeFocused();
      await expect(tab.message(`line ${at}.`)).toBeInViewport({ ratio: 0.9 });
      await page.keyboard.press("ArrowUp");
    }
  });

  await test.step("and a focus, as with a press", async () => {
    const list = tab.log.locator("> *");
    const to = await list.evaluate((box) => {
      box.scrollTop -= 300;
      box.querySelector("article")?.focus({ preventScroll: true });
      return box.scrollTop;
    });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await list.evaluate((box) => box.scrollTop)).toBe(to);
  });
});
