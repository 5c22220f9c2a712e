import { expect, test } from "./support/test";

test("the journey of a message: where it waits and why, then who has read it", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const amara = await person("Amara Okafor");
  const bea = await person("Bea Lindqvist");
  await amara.returnTo(`/chats/${chat}`);
  await bea.returnTo("/");
  await expect(amara.tab.composer).toBeVisible();
  const dialog = amara.page.getByRole("dialog", { name: "Journey" });
  const points = dialog.getByRole("listitem");

  amara.faults.allowNetworkFailures();
  await amara.context.setOffline(true);
  await amara.tab.send("First of two");
  await amara.tab.send("Second of two");
  await amara.tab.pending.last().click({ button: "right" });
  await amara.page.getByRole("menuitem", { name: "Journey" }).click();
  await expect(points).toHaveText([
    /^Written/,
    /^Kept on this device/,
    /^Waiting for network.*This device has been offline/,
  ]);

  await test.step("it goes out while one looks", async () => {
    await amara.context.setOffline(false);
    await expect(points.filter({ hasText: "Accepted by the server" })).toContainText("Number 2 in this chat", {
      timeout: 30_000,
    });
    await expect(points.last()).toHaveText("Not read yet");
  });

  await test.step("it is read while one looks", async () => {
    await bea.tab.openChat("Amara Okafor");
    await expect(points.last()).toContainText("Read");
    await amara.page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  });

  await test.step("another device of the sender knows the server's part", async () => {
    const phone = await person("Amara Okafor");
    await phone.returnTo(`/chats/${chat}`);
    await phone.tab.onMessage("First of two", "Journey");
    await expect(phone.page.getByRole("dialog", { name: "Journey" }).getByRole("listitem")).toHaveText([
      /^Written/,
      /^Sent from another device/,
      /^Accepted by the server.*Number 1 in this chat/,
      /^Read/,
    ]);
  });
});
