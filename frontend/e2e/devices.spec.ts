import { expect, test } from "./support/test";

test("a device that is signed out from another one is closed within 5 s", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const laptop = await person("Amara Okafor");
  const lost = await person("Amara Okafor");
  await laptop.returnTo("/settings/devices");
  await lost.returnTo(`/chats/${chat}`, "Lost phone");
  const lostToo = await lost.openTab("/");
  await expect(lost.tab.composer).toBeVisible();
  await expect(lostToo.row("Bea Lindqvist")).toBeVisible();

  await laptop.page.reload();
  await laptop.page.getByRole("button", { name: "Sign out Lost phone" }).click();
  const dialog = laptop.page.getByRole("dialog", { name: "Sign out Lost phone?" });
  await dialog.getByRole("button", { name: "Sign out" }).click();
  for (const { page } of [lost, lostToo]) {
    await expect(page.getByText("This device was signed out from another one.")).toBeVisible({ timeout: 5_000 });
  }
  await expect(laptop.page.getByText("Signed out.")).toBeVisible();
  await expect(laptop.page.getByText("Lost phone")).toBeHidden();

  await lost.page.goto(`/chats/${chat}`);
  await expect(lost.page.getByRole("link", { name: /^Continue with / })).toBeVisible();
  await expect(lost.tab.composer).toBeHidden();
});

test("an open chat outlives its tokens on one socket", async ({ account, person, server }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const amara = await person("Amara Okafor");
  const bea = await person("Bea Lindqvist");
  const sockets: { open: boolean }[] = [];
  amara.page.on("websocket", (socket) => {
    const seen = { open: true };
    sockets.push(seen);
    socket.on("close", () => {
      seen.open = false;
    });
  });
  await amara.page.clock.install();
  await amara.returnTo(`/chats/${chat}`);
  await bea.page.clock.install();
  await bea.returnTo(`/chats/${chat}`);

  // More than two lifetimes of a token pass for the server and for both browsers. A word each minute stands for the
  // heartbeats, which the server sends by a clock that cannot be moved.
  for (let minute = 1; minute <= 32; minute += 1) {
    server.setClockOffset(minute * 60);
    await Promise.all([amara, bea].map(({ page }) => page.clock.fastForward(60_000)));
    await bea.tab.send(`Minute ${minute}.`);
    await expect(amara.tab.message(`Minute ${minute}.`)).toBeVisible();
  }
  await amara.tab.send("Still on the line");
  await expect(bea.tab.message("Still on the line")).toBeVisible();
  expect(sockets).toEqual([{ open: true }]);
});
