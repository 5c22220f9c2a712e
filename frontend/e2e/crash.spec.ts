import { expect, test } from "./support/test";
import type { Tab } from "./support/person";

/** Written by each of the two. */
const MESSAGES = 30;

/** The pace of a quick typist: the crash falls between two keys. */
const KEY_MS = 10;

test("the server dies while two people type: nothing lost, nothing twice, one order", async ({
  account,
  person,
  server,
}) => {
  test.setTimeout(150_000);
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const people = [await person("Amara Okafor"), await person("Bea Lindqvist")] as const;
  for (const { returnTo } of people.map((each) => ({ returnTo: each.returnTo.bind(each) }))) {
    await returnTo(`/chats/${chat}`);
  }
  const words = (name: string) =>
    Array.from({ length: MESSAGES }, (_, at) => `${name} ${String(at + 1).padStart(2, "0")} of ${MESSAGES}`);
  const amaras = words("Amara");
  const beas = words("Bea");

  async function type(tab: Tab, texts: string[]) {
    for (const text of texts) {
      await tab.composer.pressSequentially(text, { delay: KEY_MS });
      await tab.composer.press("Enter");
    }
  }
  const typing = Promise.all([type(people[0].tab, amaras), type(people[1].tab, beas)]);

  for (const { tab, faults } of people) {
    await expect(tab.message("Amara 05")).toBeVisible();
    await expect(tab.message("Bea 05")).toBeVisible();
    faults.allowNetworkFailures();
  }
  await server.kill("SIGKILL");
  for (const { page } of people) await expect(page.getByText("Reconnecting…")).toBeVisible();
  const healed = people.map(({ page }) => page.getByText("Up to date").waitFor({ timeout: 60_000 }));
  await server.start();
  await Promise.all(healed);
  await typing;

  await test.step("both screens show all of it, once, in the ledger's order", async () => {
    for (const { page, tab } of people) {
      // Tall enough that the list draws every row.
      await page.setViewportSize({ width: 1280, height: 6_000 });
      await expect(tab.pending).toHaveCount(0, { timeout: 60_000 });
      await expect.poll(async () => (await tab.texts()).length, { timeout: 30_000 }).toBe(2 * MESSAGES);
      await expect(page.getByText("Reconnecting…")).toBeHidden();
    }
    const ledger = await amara.texts(chat);
    expect(ledger.filter((text) => text.startsWith("Amara"))).toEqual(amaras);
    expect(ledger.filter((text) => text.startsWith("Bea"))).toEqual(beas);
    for (const { tab } of people) expect(await tab.texts()).toEqual(ledger);
  });
});
