import { Sockets } from "./support/sockets";
import { expect, test } from "./support/test";

test("many tabs share one socket, and pass it on when its tab is closed", async ({ account, person }) => {
  const bea = await account("Bea Lindqvist");
  const chat = await (await account("Amara Okafor")).befriend(bea);
  const amara = await person("Amara Okafor");
  const sockets = new Sockets(amara.context);
  await amara.returnTo(`/chats/${chat}`);
  let tabs = [amara.tab, await amara.openTab(`/chats/${chat}`), await amara.openTab(`/chats/${chat}`)];
  const told: string[] = [];
  const allShow = async () => {
    for (const tab of tabs) {
      await expect.poll(() => tab.texts()).toEqual(told);
      await expect(tab.pending).toHaveCount(0);
    }
  };
  const hear = async (text: string) => {
    told.push(text);
    await bea.send(chat, text);
    await allShow();
  };
  const say = async (at: number, text: string) => {
    told.push(text);
    await tabs[at]?.send(text);
    await allShow();
  };

  await test.step("three tabs, one socket", async () => {
    for (const { composer } of tabs) await expect(composer).toBeVisible();
    await hear("Can all of you hear me?");
    await say(0, "The first one");
    await say(1, "The second one");
    await say(2, "The third one");
    await expect.poll(() => sockets.holders.length).toBe(1);
  });

  for (const left of [2, 1]) {
    await test.step(`the tab with the socket is closed, ${left} left`, async () => {
      const [holder] = sockets.holders;
      tabs = tabs.filter(({ page }) => page !== holder);
      expect(tabs).toHaveLength(left);
      await holder?.close();
      // At once, while nobody leads.
      await say(0, `Written when ${left} were left`);
      await hear(`Heard when ${left} were left`);
      await expect.poll(() => sockets.holders.length).toBe(1);
      expect(tabs.map(({ page }) => page)).toContain(sockets.holders[0]);
    });
  }
  expect(await bea.texts(chat)).toEqual(told);
});
