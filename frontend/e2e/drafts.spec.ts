import { expect, test } from "./support/test";

test("a text that gave way to another one can be had back, and the other one too", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const { page, tab } = await (await person("Amara Okafor")).returnTo(`/chats/${chat}`);
  const first = "The kiln is free on Thursday";
  await tab.composer.pressSequentially(first);
  await page.reload();
  await expect(tab.composer).toHaveValue(first);
  await tab.composer.press("Control+a");
  await tab.composer.press("Delete");
  await tab.composer.pressSequentially("Or Friday");
  await page.reload();
  await expect(tab.composer).toHaveValue("Or Friday");

  const open = page.getByRole("button", { name: "Earlier drafts" });
  const panel = page.getByRole("dialog", { name: "Earlier drafts" });
  await open.click();
  await panel.getByRole("button", { name: first }).click();
  await expect(tab.composer).toHaveValue(first);
  await tab.composer.press("Control+a");
  await tab.composer.press("Delete");
  await open.click();
  for (const text of [first, "Or Friday"]) {
    await expect(panel.getByRole("listitem").filter({ hasText: text })).toBeVisible();
  }

  await test.step("what was sent is no draft that was lost", async () => {
    await page.keyboard.press("Escape");
    await expect(tab.composer).toBeFocused();
    await tab.send("Neither of them");
    await open.click();
    await expect(panel.getByRole("listitem")).toHaveCount(2);
  });
});

test("a tab that is closed in the middle of a word", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const amara = await person("Amara Okafor");
  await amara.returnTo(`/chats/${chat}`);
  await amara.tab.composer.pressSequentially("Half a wor");
  await amara.page.close();
  const second = await amara.openTab(`/chats/${chat}`);
  await expect(second.composer).toHaveValue("Half a wor");
});

test("two devices type at the same time: nothing of either is lost", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const laptop = await person("Amara Okafor");
  const phone = await person("Amara Okafor");
  // The server refuses a draft that comes too late, which the browser shows in its console.
  for (const { faults } of [laptop, phone]) faults.allow(/\b409\b/);
  await laptop.returnTo(`/chats/${chat}`);
  await phone.returnTo(`/chats/${chat}`);
  await expect(laptop.tab.composer).toBeVisible();
  await expect(phone.tab.composer).toBeVisible();
  await Promise.all([
    laptop.tab.composer.pressSequentially("Written on the laptop", { delay: 30 }),
    phone.tab.composer.pressSequentially("Typed on the phone", { delay: 30 }),
  ]);
  const offer = (each: typeof laptop) =>
    each.page.getByRole("status").filter({ hasText: "Another device has a different draft" });
  // Whichever came second chooses; it has both before it.
  const choosing = async () =>
    (await offer(laptop).isVisible()) ? laptop : (await offer(phone).isVisible()) ? phone : undefined;
  await expect.poll(async () => (await choosing()) !== undefined).toBe(true);
  const asked = (await choosing()) ?? laptop;
  const [mine, theirs] =
    asked === laptop
      ? ["Written on the laptop", "Typed on the phone"]
      : ["Typed on the phone", "Written on the laptop"];
  await expect(asked.tab.composer).toHaveValue(mine);
  await expect(offer(asked)).toContainText(theirs);
  await offer(asked).getByRole("button", { name: "Use" }).click();
  await expect(asked.tab.composer).toHaveValue(theirs);
  await asked.tab.composer.press("Control+a");
  await asked.tab.composer.press("Delete");
  await asked.page.getByRole("button", { name: "Earlier drafts" }).click();
  const panel = asked.page.getByRole("dialog", { name: "Earlier drafts" });
  await expect(panel.getByRole("listitem").filter({ hasText: mine })).toBeVisible();
  await expect(panel.getByRole("listitem").filter({ hasText: theirs })).toBeVisible();
});
