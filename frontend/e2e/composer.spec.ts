import { expect, test } from "./support/test";

test("a draft survives a reload and shows on the other device", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const chat = await amara.befriend(await account("Bea Lindqvist"));
  const laptop = await person("Amara Okafor");
  const phone = await person("Amara Okafor");
  await laptop.returnTo(`/chats/${chat}`);
  await phone.returnTo("/");
  await laptop.tab.composer.pressSequentially("Not finished ye");
  await laptop.page.reload();
  await expect(laptop.tab.composer).toHaveValue("Not finished ye");

  await laptop.tab.composer.press("End");
  await laptop.tab.composer.pressSequentially("t");
  await laptop.page.getByRole("link", { name: "Friends" }).first().click();
  await expect(phone.tab.row("Bea Lindqvist")).toContainText("Draft:Not finished yet");
  await phone.tab.openChat("Bea Lindqvist");
  await expect(phone.tab.composer).toHaveValue("Not finished yet");
});

test("Enter that belongs to an input method never sends", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const { page, tab, context } = await (await person("Amara Okafor")).returnTo(`/chats/${chat}`);
  const browser = await context.newCDPSession(page);
  await tab.composer.focus();
  const compose = (text: string) =>
    browser.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });

  for (const text of ["ㄋ", "ㄋㄧ", "你", "你ㄏ", "你好"]) await compose(text);
  // The Enter that picks a candidate, as Chromium tells it, and as it comes without the input method's key code.
  await browser.send("Input.dispatchKeyEvent", {
    type: "rawKeyDown",
    key: "Process",
    code: "Enter",
    windowsVirtualKeyCode: 229,
  });
  await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await expect(tab.messages).toHaveCount(0);
  await expect(tab.pending).toHaveCount(0);

  await tab.composer.fill("");
  await compose("ㄋㄧㄏㄠ");
  await browser.send("Input.insertText", { text: "你好" });
  await expect(tab.composer).toHaveValue("你好");
  await expect(tab.messages).toHaveCount(0);

  await test.step("the next Enter sends", async () => {
    await expect(async () => {
      await page.keyboard.press("Enter");
      await expect(tab.composer).toHaveValue("", { timeout: 500 });
    }).toPass();
    await expect.poll(() => tab.texts()).toEqual(["你好"]);
  });
});
