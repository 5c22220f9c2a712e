import { pdf } from "./support/files";
import { expect, PHONE, test } from "./support/test";

test("the focus goes on when what has it goes, and back when a dialog closes", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  await bea.send(chat, "Wind tomorrow?");
  const { friend_code } = await amara.call<{ friend_code: string }>("GET", "/me");
  for (const name of ["Cai Wu", "Dora Nagy"]) {
    await (await account(name)).call("POST", "/friend-requests", { friend_code });
  }
  const { page, tab } = await (await person("Amara Okafor")).returnTo("/friends");

  await test.step("from a request that is declined to the other, and from the last to the friend below", async () => {
    const decline = page.getByRole("button", { name: /^Decline / });
    await expect(decline).toHaveCount(2);
    await decline.first().focus();
    await page.keyboard.press("Enter");
    await expect(decline).toHaveCount(1);
    await expect(page.getByRole("listitem").filter({ has: decline }).locator(":focus")).toHaveCount(1);
    await decline.focus();
    await page.keyboard.press("Enter");
    await expect(decline).toHaveCount(0);
    await expect(page.getByRole("link", { name: /^Bea Lindqvist/ })).toBeFocused();
  });

  await test.step("from a file that is taken out to the next, and from the last to the text", async () => {
    await page.goto(`/chats/${chat}`);
    await page.locator("input[type=file]").setInputFiles([pdf("one.pdf"), pdf("two.pdf")]);
    await page.getByRole("button", { name: "Remove one.pdf" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: "Remove two.pdf" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(tab.composer).toBeFocused();
  });

  await test.step("from details that close to the chat", async () => {
    await tab.openDetails();
    await page.getByRole("button", { name: "Close details" }).focus();
    await page.keyboard.press("Enter");
    await expect(tab.details).toBeHidden();
    await expect(tab.composer).toBeFocused();
  });

  await test.step("from a dialog to what opened it, also through a menu", async () => {
    await tab.openDetails();
    const block = tab.details.getByRole("button", { name: "Block" });
    for (const key of ["Escape", "Enter"]) {
      await block.focus();
      await page.keyboard.press("Enter");
      await expect(page.getByRole("dialog").getByRole("button", { name: "Cancel" })).toBeFocused();
      await page.keyboard.press(key);
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await expect(block).toBeFocused();
    }
    await page.keyboard.press("Control+K");
    await expect(page.getByRole("combobox")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(block).toBeFocused();

    await tab.message("Wind tomorrow?").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Sent and read" }).press("Enter");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(tab.message("Wind tomorrow?")).toBeFocused();
  });
});

test("with a finger and keys: Escape closes the emoji, which bring up no keyboard", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const { page, tab } = await (
    await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true })
  ).returnTo("/");
  await page.goto(`/chats/${chat}`);
  const emoji = page.getByRole("dialog", { name: "Emoji" });
  await page.getByRole("button", { name: "Emoji" }).tap();
  await expect(emoji).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(emoji).toBeHidden();
  await expect(tab.composer).toBeFocused();
});
