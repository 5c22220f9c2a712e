import { expect, PHONE, test } from "./support/test";
import { photo } from "./support/files";

test("parts of the page that did not come before the network went: the page stays, and they come with it", async ({
  account,
  person,
}) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const reader = await person("Amara Okafor", { viewport: PHONE });
  const { page, tab, context } = reader;
  // What is not needed at once never comes while there is a network, or it would be kept for later.
  await page.route(/\/assets\/(MediaBody|SettingsSection)-/, (route) => route.abort());
  reader.faults.allowNetworkFailures();
  await reader.returnTo("/");
  await bea.sendFile(chat, "image", await photo(page), "Dusk over the ridge");

  await page.goto(`/chats/${chat}`);
  await expect(tab.message("Dusk over the ridge")).toBeVisible();
  await context.setOffline(true);
  await page.unroute(/\/assets\/(MediaBody|SettingsSection)-/);
  await expect(page.getByText("You are offline.", { exact: true })).toBeVisible();
  await tab.send("Written in the tunnel");
  await expect(tab.pending).toHaveCount(1);
  await expect(tab.message("Dusk over the ridge")).toBeVisible();
  await page.getByRole("link", { name: "Back to chats" }).click();
  await page.getByRole("link", { name: "You", exact: true }).click();
  await expect(page.getByText("You are offline.", { exact: true })).toBeVisible();

  await context.setOffline(false);
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await page.goBack();
  await tab.openChat("Bea Lindqvist");
  await expect(page.getByRole("img", { name: "Dusk over the ridge" })).toBeVisible();
  await expect.poll(() => bea.texts(chat)).toEqual(["Written in the tunnel"]);
});
