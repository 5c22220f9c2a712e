import { Account } from "./support/account";
import { expect, test } from "./support/test";

const GONE = "This message was unsent.";
const HOUR_MS = 3_600_000;

test("unsending erases a message everywhere within the hour, and not after it", async ({ account, person, server }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const writer = await person("Amara Okafor");
  const reader = await person("Bea Lindqvist");
  await writer.returnTo(`/chats/${chat}`);
  await reader.returnTo(`/chats/${chat}`);
  const list = await reader.openTab("/");

  await writer.tab.send("The key is under the mat");
  await reader.tab.onMessage("under the mat", "Reply");
  await reader.tab.send("Do not write that here");
  // Seen by the other one: before it is, what they send next could overtake it.
  await expect(writer.tab.message("Do not write that here")).toContainText("under the mat");
  await writer.tab.send("Oh, and the code is 1234");
  await expect(list.row("Amara Okafor")).toContainText("1234");

  await test.step("gone from both logs, the quote and the list", async () => {
    for (const text of ["under the mat", "1234"]) {
      await writer.tab.messages.filter({ hasText: text }).first().click({ button: "right" });
      await writer.page.getByRole("menuitem", { name: /^Unsend/ }).click();
      await writer.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
      await expect(writer.page.getByRole("dialog")).toBeHidden();
    }
    for (const tab of [writer.tab, reader.tab]) {
      await expect(tab.log.getByText(GONE)).toHaveCount(3);
      await expect(tab.message("Do not write that here")).toContainText(GONE);
      await expect(tab.log).not.toContainText("1234");
      await expect(tab.log).not.toContainText("under the mat");
    }
    await expect(list.row("Amara Okafor")).toContainText(GONE);
    await expect(writer.tab.row("Bea Lindqvist")).toContainText(GONE);
  });

  await test.step("an hour later it is refused, and the message stays", async () => {
    await writer.tab.send("This one stays");
    await expect(reader.tab.message("This one stays")).toBeVisible();
    await writer.tab.onMessage("This one stays", /^Unsend/);
    const dialog = writer.page.getByRole("dialog", { name: "Unsend this message?" });
    await expect(dialog).toContainText("It disappears for everyone, on every device.");

    // Tokens end by the server's clock; the browsers' did not move, so they learn it by a refusal.
    for (const { faults } of [writer, reader]) faults.allow(/\b401\b/);
    writer.faults.allow(/\b409\b/);
    const before = Date.now();
    server.setClockOffset(3_601);
    // A sign-in that the jump falls into is refused.
    await expect(async () => {
      const other = await Account.signIn(server.url, "Amara Okafor");
      expect(await other.serverTime()).toBeGreaterThan(before + HOUR_MS);
    }).toPass();

    await dialog.getByRole("button", { name: "Unsend" }).click();
    await expect(writer.page.getByText("You can unsend only within 1 hour.")).toBeVisible();
    await expect(writer.tab.message("This one stays")).toBeVisible();
    await expect(writer.page.getByText("Unsending…")).toBeHidden();
    await expect(reader.tab.message("This one stays")).toBeVisible();
  });
});
