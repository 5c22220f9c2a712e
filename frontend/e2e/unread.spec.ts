import { expect, test } from "./support/test";

test("what is unread shows everywhere, and reading it on one device reads it on all", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const laptop = await person("Bea Lindqvist");
  const desk = await person("Bea Lindqvist");
  await laptop.returnTo("/friends");
  await desk.returnTo("/friends", "Chromium on the desk");
  const list = await laptop.openTab("/");
  const writer = await person("Amara Okafor");
  await writer.returnTo(`/chats/${chat}`);

  for (const text of ["One", "Two", "Three"]) await writer.tab.send(text);

  await test.step("badge, title, toast in all of Bea's windows", async () => {
    await expect(list.row("Amara Okafor")).toHaveAccessibleName(/3 unread.*last message Three/);
    await expect(list.page).toHaveTitle("(3) Chats · Kith");
    for (const { page } of [laptop, desk]) {
      await expect(page).toHaveTitle("(3) Friends · Kith");
      await expect(page.getByRole("link", { name: "Chats, 3 new" }).first()).toBeVisible();
    }
    await expect(desk.page.getByRole("region", { name: "New messages" })).toContainText("Three");
  });

  await test.step("read at the desk: gone on the laptop, Amara sees it", async () => {
    await expect(writer.tab.messages.last()).toHaveAccessibleName(/Three, Sent$/);
    await desk.page.getByRole("link", { name: "Chats, 3 new" }).first().click();
    await desk.tab.openChat("Amara Okafor");
    await expect(desk.page.getByRole("separator").filter({ hasText: "New messages" })).toBeVisible();
    await expect(desk.page).toHaveTitle("Amara Okafor · Kith");
    await expect(list.page).toHaveTitle("Chats · Kith");
    await expect(laptop.page).toHaveTitle("Friends · Kith");
    await expect(list.row("Amara Okafor")).not.toHaveAccessibleName(/unread/);
    await expect(writer.tab.messages.last()).toHaveAccessibleName(/Three, Read$/);
  });
});
