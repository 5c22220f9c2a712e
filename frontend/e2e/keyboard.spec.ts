import { expect, test } from "./support/test";

test("everything by the keyboard: sign in, open a chat, send, reply, switch", async ({ account, person }) => {
  const bea = await account("Bea Lindqvist");
  const amara = await account("Amara Okafor");
  const chat = await amara.befriend(bea);
  await amara.createGroup("Sailing", []);
  await bea.send(chat, "Are you there?");
  const { page, tab, email } = await (async () => {
    const someone = await person("Amara Okafor");
    return { page: someone.page, tab: someone.tab, email: someone.email };
  })();
  const { keyboard } = page;

  /** Presses Tab until the focus is on what `name` says. */
  async function tabTo(role: Parameters<typeof page.getByRole>[0], name: RegExp | string) {
    const target = page.getByRole(role, { name }).first();
    await target.waitFor();
    await expect(async () => {
      if (!(await target.evaluate((element) => element === document.activeElement))) await keyboard.press("Tab");
      await expect(target).toBeFocused({ timeout: 1 });
    }).toPass({ intervals: [0] });
  }

  await page.goto("/");
  await tabTo("link", /^Continue with /);
  await keyboard.press("Enter");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await keyboard.type(email);
  await keyboard.press("Enter");
  await tabTo("button", "Start");
  await keyboard.press("Enter");

  await test.step("open the chat with Bea", async () => {
    await tabTo("link", /^(Sailing|Bea)/);
    await keyboard.press("End");
    const row = tab.row("Bea Lindqvist");
    for (const key of ["Home", "ArrowDown"]) {
      await keyboard.press(key);
      if (await row.evaluate((element) => element === document.activeElement)) break;
    }
    await expect(row).toBeFocused();
    await keyboard.press("Enter");
    await expect(tab.composer).toBeFocused();
  });

  await test.step("send, then reply to Bea's message", async () => {
    await keyboard.type("Yes");
    await keyboard.press("Enter");
    await expect(tab.messages.last()).toHaveAccessibleName(/^You, .*Yes, Sent$/);
    await expect(tab.composer).toBeFocused();
    await keyboard.press("ArrowUp");
    await expect(tab.message("Yes")).toBeFocused();
    await keyboard.press("ArrowUp");
    await expect(tab.message("Are you there?").first()).toBeFocused();
    await keyboard.press("r");
    await expect(tab.composer).toBeFocused();
    await keyboard.type("And you?");
    await keyboard.press("Enter");
    await expect(tab.message("And you?")).toContainText("Are you there?");
  });

  await test.step("switch to the group", async () => {
    await keyboard.press("Control+K");
    await expect(page.getByRole("combobox")).toBeFocused();
    await keyboard.type("sail");
    await expect(page.getByRole("option", { name: "Search messages for “sail”" })).toBeVisible();
    await keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Sailing", level: 2 })).toBeVisible();
    await expect(tab.composer).toBeFocused();
    await keyboard.press("Alt+ArrowDown");
    await expect(page.getByRole("heading", { name: "Bea Lindqvist", level: 2 })).toBeVisible();
  });

  await test.step("another page is read from its heading", async () => {
    await tabTo("link", "Friends");
    await keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Add a friend", level: 2 })).toBeFocused();
  });
});
