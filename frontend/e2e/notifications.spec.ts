import type { Page } from "@playwright/test";
import { expect, test } from "./support/test";

const toasts = (page: Page) => page.getByRole("region", { name: "New messages" });

/** Counts the tones that a page plays. */
async function countTones(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const counter = window as unknown as { tones: number };
    counter.tones = 0;
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...args) {
      counter.tones += 1;
      start.apply(this, args);
    };
  });
  return () => page.evaluate(() => (window as unknown as { tones: number }).tones);
}

test("a toast goes when its message is read or unsent elsewhere; none for muted chats or one's own words", async ({
  account,
  person,
}) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const crew = await amara.createGroup("Sailing", [bea]);
  const desk = await person("Bea Lindqvist");
  const laptop = await person("Bea Lindqvist");
  await desk.returnTo("/friends", "At the desk");
  await laptop.returnTo("/friends", "On the lap");

  await test.step("on both devices", async () => {
    await amara.send(chat, "Dinner at eight?");
    for (const { page } of [desk, laptop]) {
      await expect(toasts(page)).toContainText("Dinner at eight?");
      // Stays for as long as the pointer is on it.
      await toasts(page).getByText("Dinner at eight?").hover();
      await expect(page).toHaveTitle("(1) Friends · Kith");
      await expect(page.locator('link[rel="icon"]')).toHaveAttribute("href", /^data:image\/svg/);
    }
  });

  await test.step("read on one, gone from the other", async () => {
    await desk.page.getByRole("button", { name: /Dinner at eight/ }).click();
    await expect(desk.tab.message("Dinner at eight?")).toBeVisible();
    await expect(toasts(laptop.page)).not.toContainText("Dinner at eight?");
    await expect(laptop.page).toHaveTitle("Friends · Kith");
    await expect(laptop.page.locator('link[rel="icon"]')).toHaveAttribute("href", "/favicon.svg");
  });

  await test.step("unsent, gone everywhere", async () => {
    const slip = await amara.send(crew.id, "A slip");
    await expect(toasts(laptop.page)).toContainText("Amara: A slip");
    await toasts(laptop.page).getByText("A slip").hover();
    await amara.call("POST", `/conversations/${crew.id}/entries/${slip.seq}/unsend`);
    await expect(toasts(laptop.page)).not.toContainText("A slip");
    await expect(laptop.page).toHaveTitle("Friends · Kith");
  });

  await test.step("a muted chat is counted in its row alone, one's own words nowhere", async () => {
    await bea.call("PATCH", `/conversations/${crew.id}`, { muted_until: "9999-12-31T00:00:00.000Z" });
    await expect(laptop.page.getByRole("navigation", { name: "Main" }).first()).toBeVisible();
    const list = await laptop.openTab("/");
    await expect(list.row("Sailing")).toHaveAccessibleName(/muted/);
    await amara.send(crew.id, "Wind is up");
    await bea.send(chat, "Yes, at eight");
    await expect(list.row("Sailing")).toHaveAccessibleName(/1 unread/);
    await expect(list.row("Amara Okafor")).toHaveAccessibleName(/You: Yes, at eight/);
    for (const page of [desk.page, laptop.page, list.page]) {
      await expect(page).not.toHaveTitle(/^\(/);
      await expect(toasts(page)).not.toContainText(/Wind is up|at eight/);
    }
  });
});

test("what is shown already goes when its chat is muted or its sender blocked", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chi = await account("Chi Nakamura");
  const chat = await bea.befriend(amara);
  const other = await bea.befriend(chi);
  const { page, returnTo } = await (async () => {
    const reader = await person("Bea Lindqvist");
    return { page: reader.page, returnTo: () => reader.returnTo("/friends") };
  })();
  await returnTo();
  await expect(async () => {
    // What arrives before the page is live shows in the list, without a toast.
    await chi.send(other, "Buy my boat");
    await expect(toasts(page)).toContainText("Buy my boat", { timeout: 2_000 });
  }).toPass();
  // They stay for as long as the pointer is on them.
  await toasts(page).getByText("Buy my boat").first().hover();
  await bea.call("PUT", `/blocks/${await chi.id()}`);
  await expect(toasts(page)).not.toContainText("Buy my boat");

  await amara.send(chat, "Dinner at eight?");
  await expect(toasts(page)).toContainText("Dinner at eight?");
  await toasts(page).getByText("Dinner at eight?").hover();
  await bea.call("PATCH", `/conversations/${chat}`, { muted_until: "9999-12-31T00:00:00.000Z" });
  await expect(toasts(page)).not.toContainText("Dinner at eight?");
});

test("of two windows of one browser one rings, and what is read in the one leaves the other", async ({
  account,
  person,
}) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const crew = await amara.createGroup("Sailing", [bea]);
  const reader = await person("Bea Lindqvist");
  const first = await countTones(reader.page);
  await reader.returnTo("/settings/notifications");
  await reader.page.getByRole("switch", { name: "Play a sound" }).click();
  // The tone that shows what was chosen: two notes.
  await expect.poll(first).toBe(2);
  const second = await reader.context.newPage();
  const secondTones = await countTones(second);
  await second.goto("/friends");
  await second.getByRole("heading", { name: "Friends", level: 1 }).click();
  const heard = async () => (await first()) + (await secondTones());

  await amara.send(chat, "Are you there?");
  await expect.poll(heard).toBe(4);
  for (const page of [reader.page, second]) await expect(toasts(page)).toContainText("Are you there?");

  await second.goto(`/chats/${chat}`);
  await expect(second.getByRole("article").filter({ hasText: "Are you there?" })).toBeVisible();
  await expect(toasts(reader.page)).not.toContainText("Are you there?");
  await amara.send(chat, "I see you are");
  await expect(second.getByRole("article").filter({ hasText: "I see you are" })).toBeVisible();
  await expect(toasts(reader.page)).not.toContainText("I see you are");
  await expect(reader.page).not.toHaveTitle(/^\(/);

  await test.step("nor does one ring for the other, wherever that is scrolled to", async () => {
    for (let line = 1; line <= 40; line += 1) await amara.send(chat, `Line ${line}`);
    const log = second.getByRole("log");
    // Not "Line 4" with a time after it that begins with 0.
    const last = log.getByText("Line 40", { exact: true });
    await expect(last).toBeVisible();
    await expect(reader.page).not.toHaveTitle(/^\(/);
    await log.hover();
    await second.mouse.wheel(0, -1_500);
    await expect(last).not.toBeInViewport();
    const before = await heard();
    await amara.send(chat, "Below what is in view");
    await expect(second.getByRole("button", { name: /Newest/ })).toContainText("1");
    await expect(reader.page).toHaveTitle(/^\(1\)/);
    await expect(toasts(reader.page)).not.toContainText("Below what is in view");
    // A message in another chat rings, and by then the one before would have.
    await amara.send(crew.id, "Somewhere else");
    await expect.poll(heard).toBe(before + 2);
  });
});
