import { expect, PHONE, test } from "./support/test";

test("words of a message lead to it, in its place, and on to the others", async ({ account, person }) => {
  test.setTimeout(180_000);
  const lena = await account("Lena Hartmann");
  const mei = await account("林美華");
  const chat = await lena.befriend(mei);
  const crew = await lena.createGroup("Night Market Crew", [mei]);
  await mei.send(crew.id, "An early lantern, long ago");
  for (let i = 1; i <= 30; i += 1) await mei.send(crew.id, `Chatter ${i}`);
  const found = await mei.send(crew.id, "Under the lantern at exit 5, 饒河夜市");
  for (let i = 1; i <= 60; i += 1) await mei.send(crew.id, `More ${i}`);
  await mei.send(chat, "The lantern survived the move");
  const reader = await person("Lena Hartmann");
  const { page, tab } = reader;
  await reader.returnTo("/search");
  const field = page.getByRole("searchbox");
  const messages = page.getByRole("region", { name: "Messages", exact: true });
  await expect(field).toBeFocused();

  await test.step("found as soon as the index has it, with a line on what was searched", async () => {
    await expect(async () => {
      await field.fill("");
      await field.fill("lantern");
      await field.press("Enter");
      await expect(messages.getByRole("link")).toHaveCount(3, { timeout: 2_000 });
    }).toPass();
    await expect(messages.locator("mark").first()).toHaveText("lantern");
    await expect(page.getByText("All your chats were searched.")).toBeVisible();
  });

  await test.step("a hit opens in its place, and the arrows lead to the others of its chat", async () => {
    await messages.getByRole("link", { name: /exit 5/ }).click();
    await expect(tab.message("exit 5")).toBeInViewport();
    await expect(tab.message("exit 5").locator("mark")).toHaveText("lantern");
    await expect(page.getByText("1 of 2 in this chat")).toBeVisible();
    await page.getByRole("button", { name: "Older result" }).click();
    await expect(tab.message("An early lantern")).toBeInViewport();
    await expect(page.getByText("2 of 2 in this chat")).toBeVisible();
    await page.getByRole("button", { name: "Newer result" }).click();
    await expect(tab.message("exit 5")).toBeInViewport();
    await page.getByRole("button", { name: /^(Back to n|N)ewest$/ }).click();
    await expect(tab.message("More 60")).toBeInViewport();
  });

  await test.step("unsent, it is gone from the list at once", async () => {
    await mei.call("POST", `/conversations/${crew.id}/entries/${found.seq}/unsend`);
    await expect(messages.getByRole("link", { name: /exit 5/ })).toBeHidden();
    await expect(messages.getByRole("link")).toHaveCount(2);
  });

  await test.step("one chat, by its keys, and Chinese by a single character", async () => {
    await page.goto(`/chats/${chat}`);
    await expect(tab.composer).toBeFocused();
    await page.keyboard.press("Control+f");
    await expect(field).toBeFocused();
    await page.keyboard.type("lantern");
    await expect(page.getByText("1 of 1 in this chat")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(tab.composer).toBeFocused();
    await mei.send(chat, "明天去饒河");
    await page.keyboard.press("Control+Shift+f");
    await expect(field).toBeFocused();
    await expect(async () => {
      await field.fill("");
      await field.fill("饒");
      await field.press("Enter");
      await expect(messages.getByRole("link", { name: /明天去饒河/ })).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await field.fill("美華");
    await expect(page.getByRole("region", { name: "Friends" }).getByRole("link", { name: /林美華/ })).toBeVisible();
  });

  await test.step("filters, and nothing found", async () => {
    await field.fill("lantern");
    await page.getByRole("button", { name: "All chats" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Night Market Crew" }).click();
    await expect(messages.getByRole("link")).toHaveCount(1);
    await expect(page.getByText("This chat was searched.")).toBeVisible();
    await field.fill("lantren");
    await expect(page.getByRole("heading", { name: "Nothing found for “lantren”" })).toBeVisible();
    await page.getByRole("button", { name: "Search all chats" }).click();
    await expect(page.getByRole("button", { name: "All chats" })).toBeVisible();
  });
});

test("on a phone: results, a hit, and back to the results", async ({ account, person }) => {
  const lena = await account("Lena Hartmann");
  const mei = await account("Mei-Hua Lin");
  const chat = await lena.befriend(mei);
  await mei.send(chat, "The lantern survived the move");
  const reader = await person("Lena Hartmann", { viewport: PHONE, hasTouch: true, isMobile: true });
  const { page, tab } = reader;
  await reader.returnTo("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Search" }).tap();
  const hit = page.getByRole("link", { name: /lantern survived/ });
  await expect(async () => {
    await page.getByRole("searchbox").fill("");
    await page.getByRole("searchbox").fill("lantern");
    await page.getByRole("searchbox").press("Enter");
    await expect(hit).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await hit.tap();
  await expect(tab.message("lantern survived")).toBeInViewport();
  await page.getByRole("link", { name: "Back to the results" }).tap();
  await expect(hit).toBeVisible();
  await expect(page.getByRole("searchbox")).toHaveValue("lantern");
});
