import type { Page } from "@playwright/test";
import type { Entry } from "../src/api/types";
import { scroll } from "../scripts/measure/frames";
import { disorder } from "./support/steady";
import { expect, test } from "./support/test";

/** Several times what is kept in memory around the view. */
const MESSAGES = 2_000;

const AT_ONCE = 20;

test.use({ limits: false });

test("a long chat: far up, a message meanwhile, down at once, to a found one and on from there", async ({
  account,
  person,
}) => {
  test.setTimeout(240_000);
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const send = async (count: number) => {
    const sent: Entry[] = [];
    for (let done = 0; done < count; done += AT_ONCE) {
      const texts = Array.from({ length: AT_ONCE }, (_, i) => `${"A word or two. ".repeat((i * i) % 17)}${done + i}`);
      sent.push(...(await Promise.all(texts.map((text) => bea.send(chat, text)))));
    }
    return sent;
  };
  const [first] = await send(200);
  await bea.send(chat, "The lantern by the old harbour");
  await send(MESSAGES - 200);
  const reply = await bea.send(chat, "That one", first?.seq);
  await amara.call("PUT", `/conversations/${chat}/read`, { seq: reply.seq });
  const { page, tab, returnTo } = await (async () => {
    const someone = await person("Amara Okafor");
    return { page: someone.page, tab: someone.tab, returnTo: (path: string) => someone.returnTo(path) };
  })();
  await returnTo(`/chats/${chat}`);
  await expect(tab.message("That one")).toBeInViewport();
  const jump = page.getByRole("button", { name: /^(Back to n|N)ewest/ });
  await expect(jump).toBeHidden();

  await test.step("up, farther than memory goes: each message once, in order, and none jumps", async () => {
    const found = await disorder(page, "up", async () => {
      await scroll(page, 30_000, 3_000);
      while ((await topmost(page)) > reply.seq - 1_000) await scroll(page, 8_000, 5_000);
    });
    expect(found).toEqual([]);
    expect(await tab.log.locator("[data-seq]").count()).toBeLessThan(100);
  });

  await test.step("a message arrives: nothing moves, and the button counts it", async () => {
    const seq = await topmost(page);
    const place = () => tab.log.locator(`[data-seq="${seq}"]`).boundingBox();
    const before = await place();
    await bea.send(chat, "Are you still reading?");
    await expect(jump).toContainText("1");
    expect(await place()).toEqual(before);
  });

  await test.step("down at once", async () => {
    await jump.click();
    await expect(tab.message("Are you still reading?")).toBeInViewport();
    await expect(jump).toBeHidden();
    await bea.send(chat, "There you are");
    await expect(tab.message("There you are")).toBeInViewport();
  });

  await test.step("the message that another one answers, and back", async () => {
    await tab
      .message("That one")
      .getByRole("button", { name: /A word|0/ })
      .first()
      .click();
    await expect(tab.log.locator(`[data-seq="${first?.seq}"]`)).toBeInViewport();
    await jump.click();
    await expect(tab.message("There you are")).toBeInViewport();
  });

  await test.step("a found message, in its place", async () => {
    await page.keyboard.press("Control+f");
    await expect(page.getByRole("searchbox")).toBeFocused();
    await page.keyboard.type("lantern");
    await expect(page.getByText("1 of 1 in this chat")).toBeVisible();
    await expect(tab.message("The lantern by the old harbour")).toBeInViewport();
    await page.keyboard.press("Escape");
  });

  await test.step("down from there, past what memory holds, and up again", async () => {
    const start = await topmost(page);
    const down = await disorder(page, "down", async () => {
      while ((await topmost(page)) < start + 800) await scroll(page, -8_000, 4_000);
    });
    expect(down).toEqual([]);
    const up = await disorder(page, "up", async () => {
      while ((await topmost(page)) > start) await scroll(page, 8_000, 4_000);
    });
    expect(up).toEqual([]);
    await jump.click();
    await expect(tab.message("There you are")).toBeInViewport();
  });

  await test.step("to the first message, as fast as it goes", async () => {
    const found = await disorder(page, "up", async () => {
      while ((await topmost(page)) > (first?.seq ?? 0)) await scroll(page, 40_000, 30_000);
    });
    expect(found).toEqual([]);
  });
});

/** `seq` of the first message in view. */
async function topmost(page: Page): Promise<number> {
  return page.getByRole("log").evaluate((log) => {
    const edge = log.getBoundingClientRect().top;
    const rows = [...log.querySelectorAll<HTMLElement>("[data-seq]")];
    return Number(rows.find((row) => row.getBoundingClientRect().top >= edge)?.dataset.seq);
  });
}
