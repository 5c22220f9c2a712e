import { expect, test } from "./support/test";

test("what is written offline waits, and goes out once and in order", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const writer = await person("Amara Okafor");
  const reader = await person("Bea Lindqvist");
  await writer.returnTo(`/chats/${chat}`);
  await reader.returnTo(`/chats/${chat}`);
  const second = await writer.openTab(`/chats/${chat}`);
  await writer.tab.send("Before the tunnel");
  await expect(reader.tab.message("Before the tunnel")).toBeVisible();

  writer.faults.allowNetworkFailures();
  await writer.context.setOffline(true);
  await expect(writer.page.getByText("You are offline.", { exact: true })).toBeVisible();
  await writer.tab.send("In the tunnel, one");
  await second.send("In the tunnel, two");
  await writer.tab.send("In the tunnel, three");
  await expect(writer.tab.pending).toHaveCount(3);
  await expect(second.pending).toHaveCount(3);
  await expect(writer.tab.log.getByText("Waiting for network", { exact: true })).toHaveCount(3);
  await expect(writer.tab.log.getByText("Sending…")).toHaveCount(0);
  await expect(writer.tab.row("Bea Lindqvist")).toHaveAccessibleName(/not sent yet: In the tunnel, three/);
  await second.page.getByRole("link", { name: "Chats" }).first().click();
  await expect(second.messages).toHaveCount(0);
  await expect(second.page.getByText("You are offline.", { exact: true })).toBeVisible();
  await second.openChat("Bea Lindqvist");
  await reader.tab.send("Where are you?");
  await expect(reader.tab.messages).toHaveCount(2);

  await writer.context.setOffline(false);
  const all = [
    "Before the tunnel",
    "Where are you?",
    "In the tunnel, one",
    "In the tunnel, two",
    "In the tunnel, three",
  ];
  for (const tab of [writer.tab, second, reader.tab]) await expect.poll(() => tab.texts()).toEqual(all);
  await expect(writer.tab.pending).toHaveCount(0);
  await expect(writer.page.getByText("You are offline.", { exact: true })).toBeHidden();
  expect(await bea.texts(chat)).toEqual(all);
});
