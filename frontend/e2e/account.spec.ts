import type { Page } from "@playwright/test";
import { expect, test } from "./support/test";

const PASSWORD = "correct horse battery";

async function setPassword(page: Page): Promise<void> {
  await page.goto("/settings/password");
  await page.getByLabel("New account password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByText("Your account password is set.")).toBeVisible();
}

test("the account password is asked for before other devices are signed out", async ({ account, person }) => {
  await account("Amara Okafor");
  const laptop = await person("Amara Okafor");
  const lost = await person("Amara Okafor");
  await laptop.returnTo("/settings/password");
  await lost.returnTo("/", "Lost phone");
  const { page } = laptop;
  // A refused call shows in the console of the browser.
  laptop.faults.allow(/\b(403|422)\b/);

  await test.step("too short is said before it is sent", async () => {
    await page.getByLabel("New account password").fill("short");
    await page.getByRole("button", { name: "Set password" }).click();
    await expect(page.getByRole("alert")).toHaveText("At least 8 characters.");
  });
  await setPassword(page);
  await page.reload();
  await expect(page.getByLabel("Current account password")).toBeVisible();

  await page.getByRole("link", { name: /^Devices/ }).click();
  await expect(page.getByText("Signing out other devices asks for your account password.")).toBeVisible();
  await page.getByRole("button", { name: "Sign out Lost phone" }).click();
  const dialog = page.getByRole("dialog", { name: "Your account password" });
  await expect(dialog.getByText("To sign out Lost phone.")).toBeVisible();
  await expect(dialog.getByLabel("Account password")).toBeFocused();
  await page.keyboard.type("not this one");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toHaveText("This is not your account password.");
  await expect(dialog.getByLabel("Account password")).toHaveValue("not this one");
  await dialog.getByLabel("Account password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByText("Signed out.")).toBeVisible();
  await expect(lost.page.getByText("This device was signed out from another one.")).toBeVisible({ timeout: 5_000 });
});

test("a forgotten password: a new sign-in stands in for it, and the form goes on where it was", async ({
  account,
  person,
}) => {
  await account("Amara Okafor");
  const amara = await person("Amara Okafor");
  const { page } = amara;
  await amara.returnTo("/");
  await setPassword(page);
  await page.goto("/settings/data");
  await page.getByRole("button", { name: "Delete…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  const name = dialog.getByLabel("Type your name, Amara Okafor, to confirm");
  await name.fill("Amara Okafor");
  await dialog.getByRole("link", { name: /^Forgotten\? Sign in with .* again$/ }).click();

  await page.getByLabel("E-mail address").fill(amara.email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(name).toHaveValue("Amara Okafor");
  await expect(dialog.getByText(/^You have just signed in again/)).toBeVisible();
  await expect(dialog.getByLabel("Account password")).toBeHidden();
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("heading", { name: "Your account is going to be deleted" })).toBeVisible();
});

test("a deleted account can be restored for 14 days, on any device, and is as it was", async ({
  account,
  person,
  server,
}) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const laptop = await person("Amara Okafor");
  const phone = await person("Amara Okafor", { viewport: { width: 390, height: 844 } });
  const bea = await person("Bea Lindqvist");
  await laptop.returnTo(`/chats/${chat}`);
  await phone.returnTo("/");
  await phone.tab.openChat("Bea Lindqvist");
  await bea.returnTo(`/chats/${chat}`);
  await laptop.tab.send("Before");
  await laptop.page.goto("/settings/data");
  // What is asked of the server while the account waits is refused, and days later the token has expired.
  for (const { faults } of [laptop, phone]) faults.allow(/\b40[13]\b|WebSocket/);

  await laptop.page.getByRole("button", { name: "Delete…" }).click();
  const dialog = laptop.page.getByRole("dialog", { name: "Delete your account?" });
  await dialog.getByLabel(/^Type your name/).fill("amara");
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("This is not your name.");
  await dialog.getByLabel(/^Type your name/).fill("Amara Okafor");
  await dialog.getByRole("button", { name: "Delete account" }).click();

  const heading = "Your account is going to be deleted";
  await test.step("every device shows the date and how to restore, and nothing else", async () => {
    for (const { page, tab } of [laptop, phone]) {
      await expect(page.getByRole("heading", { name: heading })).toBeVisible();
      await expect(page.getByText(/^On \d+ \w+(,| at) \d\d:\d\d it is erased for good\./)).toBeVisible();
      await expect(page.getByRole("button", { name: "Restore my account" })).toBeVisible();
      await expect(page.getByRole("navigation", { name: "Main" })).toHaveCount(0);
      await expect(tab.composer).toHaveCount(0);
    }
  });

  await test.step("after days, and after a reload, it still does", async () => {
    server.setClockOffset(10 * 86_400);
    await laptop.page.reload();
    await expect(laptop.page.getByRole("heading", { name: heading })).toBeVisible();
  });

  await test.step("restored on the phone, all is as it was", async () => {
    await phone.page.getByRole("button", { name: "Restore my account" }).click();
    await expect(phone.tab.message("Before")).toBeVisible();
    await bea.tab.send("You are back");
    await expect(phone.tab.message("You are back")).toBeVisible();
    await phone.tab.send("As if nothing had been");
    await expect(bea.tab.message("As if nothing had been")).toBeVisible();
    // The other device looks by itself, at the latest when somebody looks at it.
    await laptop.page.goto(`/chats/${chat}`);
    await expect(laptop.tab.message("As if nothing had been")).toBeVisible({ timeout: 40_000 });
  });
});
