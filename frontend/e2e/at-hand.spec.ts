import { photo, paste } from "./support/files";
import { DESKTOP, expect, PHONE, test } from "./support/test";

test("wherever one pressed last, what is typed or pasted goes into the message", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  await bea.send(chat, "Bring the blue folder");
  const { page, tab } = await (await person("Amara Okafor")).returnTo(`/chats/${chat}`);

  await test.step("after a press on a message, or beside it", async () => {
    await tab.message("blue folder").getByText("Bring the blue folder").click();
    await page.keyboard.type("Nor");
    await tab.log.click({ position: { x: 5, y: 5 } });
    await page.keyboard.type("mal");
    await expect(tab.composer).toHaveValue("Normal");
  });

  await test.step("after a press on the chat that is open already", async () => {
    await tab.row("Bea Lindqvist").click();
    await page.keyboard.type(" day");
    await expect(tab.composer).toHaveValue("Normal day");
  });

  await test.step("not while words of a message are marked", async () => {
    await tab.message("blue folder").getByText("Bring the blue folder").dblclick();
    expect(await page.evaluate(() => getSelection()?.toString().trim())).not.toBe("");
    await expect(tab.composer).not.toBeFocused();
  });

  await test.step("a picture that is pasted with the focus elsewhere", async () => {
    await page.getByRole("button", { name: "Chat menu" }).focus();
    await paste(page, [await photo(page, "map.jpg")]);
    await expect(page.getByRole("list", { name: "Files to send" })).toContainText("map.jpg");
    await expect(tab.composer).toBeFocused();
  });
});

test("a chat that is muted by a letter says so, and can be undone", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const chat = await amara.befriend(await account("Bea Lindqvist"));
  const { page, tab } = await (await person("Amara Okafor")).returnTo(`/chats/${chat}`);
  await page.getByRole("button", { name: "Chat menu" }).focus();
  await page.keyboard.press("m");
  const said = page.getByRole("status").filter({ hasText: "Bea Lindqvist is muted." });
  await expect(said).toBeVisible();
  await expect(tab.row("Bea Lindqvist")).toHaveAccessibleName(/muted/);
  await said.getByRole("button", { name: "Undo" }).click();
  await expect(tab.row("Bea Lindqvist")).not.toHaveAccessibleName(/muted/);
});

test("on a phone, where nothing hovers, a direct chat tells its times, and its name leads to its details", async ({
  account,
  person,
}) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const sent = await bea.send(chat, "Wind tomorrow?");
  const { page, tab } = await (
    await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true })
  ).returnTo("/");
  await page.goto(`/chats/${chat}`);
  await expect(tab.message("Wind tomorrow?")).toBeVisible();
  const shown = await page.evaluate(
    (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
    sent.server_time,
  );
  await expect(tab.log.locator("time").filter({ hasText: shown })).toBeVisible();
  const name = await page.getByRole("heading", { name: "Bea Lindqvist", level: 2 }).boundingBox();
  await page.touchscreen.tap((name?.x ?? 0) + 10, (name?.y ?? 0) + 10);
  await expect(tab.details).toBeVisible();
});

test("the composer is as high as its text, however wide the window comes to be", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const { page, tab } = await (await person("Amara Okafor")).returnTo(`/chats/${chat}`);
  const heights = () => tab.composer.evaluate((field) => [field.clientHeight, field.scrollHeight]);
  const fits = () => expect.poll(async () => new Set(await heights()).size).toBe(1);
  await tab.composer.fill("One that takes a line on a desk, and more than that on a phone, where lines are short");
  await fits();
  const [wide = 0] = await heights();
  await page.setViewportSize(PHONE);
  await expect.poll(async () => (await heights())[0]).toBeGreaterThan(wide);
  await fits();
  await page.setViewportSize(DESKTOP);
  await expect.poll(async () => (await heights())[0]).toBe(wide);
});

test("several emoji are picked by the pointer, and by the keys one", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const { page, tab } = await (await person("Amara Okafor")).returnTo(`/chats/${chat}`);
  const panel = page.getByRole("dialog", { name: "Emoji" });
  await tab.composer.fill("ab");
  await tab.composer.press("ArrowLeft");
  await page.getByRole("button", { name: "Emoji" }).click();
  await panel.getByText("😀", { exact: true }).click();
  await panel.getByText("😃", { exact: true }).click();
  await expect(tab.composer).toHaveValue("a😀😃b");
  await panel.getByRole("searchbox").fill("paper lantern");
  await expect(panel.getByText("🏮", { exact: true })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(panel).toBeHidden();
  await expect(tab.composer).toBeFocused();
  await expect(tab.composer).toHaveValue("a😀😃🏮b");
});

test("who follows a friend's link on a phone has the friend before them", async ({ account, person }) => {
  const { friend_code } = await (await account("Amara Okafor")).call<{ friend_code: string }>("GET", "/me");
  const bea = await person("Bea Lindqvist", { viewport: PHONE, hasTouch: true, isMobile: true });
  await bea.returnTo("/");
  await bea.page.goto(`/add/${friend_code}`);
  await expect(bea.page.getByRole("button", { name: "Send request" })).toBeInViewport();
});
