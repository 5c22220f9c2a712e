import { expect, test } from "./support/test";

test("a group of three: create, join by link, rename, roles, remove", async ({ account, person, server }) => {
  await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const amara = await person("Amara Okafor");
  const bea = await person("Bea Lindqvist");
  const chi = await person("Chi Nakamura");
  await amara.returnTo("/");
  await bea.returnTo("/");

  await test.step("Amara makes the group with Bea", async () => {
    await amara.page.getByRole("button", { name: "New chat or group" }).click();
    await amara.page.getByRole("menuitem", { name: "New group" }).click();
    const dialog = amara.page.getByRole("dialog", { name: "New group" });
    await dialog.getByLabel("Group name").fill("Book club");
    // Enter leads on, and picks; it does not create a group of one.
    await dialog.getByLabel("Group name").press("Enter");
    await expect(dialog.getByRole("searchbox")).toBeFocused();
    await amara.page.keyboard.type("bea");
    await amara.page.keyboard.press("Enter");
    await expect(dialog.getByRole("checkbox", { name: "Bea Lindqvist" })).toBeChecked();
    await dialog.getByRole("button", { name: "Create group" }).click();
    await amara.tab.send("Welcome, readers");
    await bea.tab.openChat("Book club");
    await expect(bea.tab.message("Welcome, readers")).toBeVisible();
  });

  const { details } = amara.tab;
  await test.step("Chi joins by the link, which is kept through the first sign-in", async () => {
    await amara.tab.openDetails();
    const code = await details.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/).innerText();
    await chi.signIn(`${server.url}/join/${code}`);
    await expect(chi.page.getByText("2 members")).toBeVisible();
    await chi.page.getByRole("button", { name: "Join", exact: true }).click();
    await chi.tab.send("Hello from Chi");
    for (const { tab } of [amara, bea]) {
      await expect(tab.notices.filter({ hasText: "Chi Nakamura joined" })).toBeVisible();
      await expect(tab.message("Hello from Chi")).toBeVisible();
    }
    // New groups show newcomers what is written from their joining on.
    await expect(chi.tab.log).not.toContainText("Welcome, readers");
    await expect(details).toContainText("3 members");
  });

  await test.step("Amara renames it", async () => {
    await details.getByRole("button", { name: "Settings" }).click();
    await details.getByLabel("Group name").fill("Night readers");
    await details.getByRole("button", { name: "Save" }).click();
    await expect(amara.tab.notices.filter({ hasText: "You named the group Night readers" })).toBeVisible();
    for (const { tab, page } of [bea, chi]) {
      await expect(tab.notices.filter({ hasText: "Amara Okafor named the group Night readers" })).toBeVisible();
      await expect(page.getByRole("heading", { name: "Night readers", level: 2 })).toBeVisible();
      await expect(tab.row("Night readers")).toBeVisible();
    }
  });

  await test.step("Amara makes Bea an admin", async () => {
    await details.getByRole("button", { name: "Actions for Bea Lindqvist" }).click();
    await amara.page.getByRole("menuitem", { name: "Make admin" }).click();
    await expect(bea.tab.notices.filter({ hasText: "Amara Okafor made you an admin" })).toBeVisible();
  });

  await test.step("Bea, now admin, removes Chi, who stays as a reader", async () => {
    await bea.tab.openDetails();
    await bea.page.getByRole("button", { name: "Actions for Chi Nakamura" }).click();
    await bea.page.getByRole("menuitem", { name: "Remove…" }).click();
    const dialog = bea.page.getByRole("dialog", { name: "Remove Chi Nakamura?" });
    await expect(dialog).toContainText("They keep what they could see until now.");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await expect(
      chi.page.getByText("You were removed from the group. You can still read what came before."),
    ).toBeVisible();
    await expect(chi.tab.composer).toBeHidden();
    await expect(chi.tab.message("Hello from Chi")).toBeVisible();
  });

  await test.step("nothing later reaches Chi, live or after a reload", async () => {
    await amara.tab.send("Only for two now");
    await expect(bea.tab.message("Only for two now")).toBeVisible();
    await bea.tab.send("Yes, quiet");
    await expect(amara.tab.message("Yes, quiet")).toBeVisible();
    await expect(chi.tab.log).not.toContainText("Only for two now");
    await chi.page.reload();
    await expect(chi.tab.message("Hello from Chi")).toBeVisible();
    await expect(chi.tab.row("Night readers")).toBeVisible();
    await expect(chi.page.getByText("You were removed from the group.").first()).toBeVisible();
    await expect(chi.page.locator("body")).not.toContainText("Only for two now");
    await expect(chi.page.locator("body")).not.toContainText("Yes, quiet");
  });

  await test.step("Chi takes it out of the list, which is asked about, and is in the list then", async () => {
    await chi.page.getByRole("button", { name: "Chat menu" }).click();
    await chi.page.getByRole("menuitem", { name: "Remove from the list…" }).click();
    const dialog = chi.page.getByRole("dialog", { name: "Remove Night readers from your list?" });
    await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await expect(chi.tab.row("Night readers")).toHaveCount(0);
    await expect(chi.page).toHaveURL(/\/$/);
  });
});
