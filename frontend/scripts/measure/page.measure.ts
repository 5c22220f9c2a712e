import { expect, test, type BrowserContext, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Conversation } from "../../src/api/types";
import { Account } from "../../e2e/support/account";
import { KithServer } from "../../e2e/support/server";
import { openBrowser, signIn, timesToSee } from "./browser";
import { groups, write } from "./crowd";
import { framesDuring, scroll, tell } from "./frames";
import { memoryOf } from "./tab";

/** What is measured with; smaller numbers try the script out. */
const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 1_000);
const LONG = Number(process.env.LONG ?? 50_000);
const MISSED_IN = Number(process.env.MISSED_IN ?? 200);
const MISSED = Number(process.env.MISSED ?? 100_000);

/** A little less than 30 days: the sign-in still holds, and so does the log of personal events. */
const AWAY_S = 29.9 * 86_400;

const ROW = "[data-row]";

const say = (what: string, figure: string) => process.stdout.write(`${what.padEnd(58)} ${figure}\n`);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

let server: KithServer;
let directory: string;
const writers = () => Promise.all(["Bea", "Chi", "Dan"].map((name) => Account.signIn(server.url, name)));

test.beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "kith-measure-"));
  server = new KithServer({ limits: false });
  await server.start();
});

test.afterEach(async () => {
  say(
    "load average of the machine (1, 5, 15 minutes)",
    loadavg()
      .map((load) => load.toFixed(1))
      .join(", "),
  );
  await server.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** The first tab of a browser that is opened anew, and a way to close it. */
async function open(name: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await openBrowser(join(directory, name), server.url);
  return { context, page: context.pages()[0] ?? (await context.newPage()) };
}

/** Everything that is written by the API shows up: the reader's friends make the groups. */
async function reader(name: string): Promise<Account> {
  const account = await Account.signIn(server.url, name);
  const [bea] = await writers();
  await bea?.befriend(account);
  return account;
}

test("first list, scrolling, memory", async () => {
  const lena = await reader("Lena");
  const [bea, chi, dan] = (await writers()) as [Account, Account, Account];
  for (const other of [chi, dan]) await bea.befriend(other);
  const names = Array.from({ length: CONVERSATIONS - 2 }, (_, at) => `Group ${at + 1}`);
  const ids = await groups([bea, lena, chi, dan], names);
  await write([bea, chi, dan], ids, 3);
  const [long = ""] = await groups([bea, lena, chi, dan], ["The long one"]);
  await write([bea, chi, dan], [long], LONG);
  const { last_seq } = await lena.call<Conversation>("GET", `/conversations/${long}`);
  await lena.call("PUT", `/conversations/${long}/read`, { seq: last_seq });

  await test.step("the list", async () => {
    const first = await open("lena");
    await signIn(first.page, lena.email);
    await expect(first.page.locator(ROW).first()).toBeVisible();
    await first.context.close();
    for (const visit of ["first", "second", "third"]) {
      const { context, page } = await open("lena");
      say(`first list, ${CONVERSATIONS} conversations, ${visit} visit`, await firstList(page));
      await context.close();
    }
    const anew = await open("anew");
    await signIn(anew.page, lena.email);
    await anew.page.evaluate(async () => {
      for (const { name = "" } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
    });
    say("first list on a device that has stored nothing", await firstList(anew.page));
    await anew.context.close();
  });

  await test.step("scrolling", async () => {
    const { context, page } = await open("lena");
    await page.goto("about:blank");
    say("memory of an empty tab: process", `${(await memoryOf(page)).tab} MiB`);
    await page.goto(`/chats/${long}`);
    const log = page.getByRole("log");
    await expect(log.locator(`[data-seq="${last_seq}"]`)).toBeVisible();
    const before = await memoryOf(page);
    say("memory with the list and one chat open: heap, process", `${before.heap} MiB, ${before.tab} MiB`);
    say("scrolling up at 2,000 px/s", tell(await framesDuring(page, () => scroll(page, 40_000, 2_000))));
    const began = Date.now();
    const all = await framesDuring(page, () => toTheTop(page));
    say(`on to the first of ${LONG} messages, as fast as it goes`, `${seconds(Date.now() - began)}: ${tell(all)}`);
    const full = await memoryOf(page);
    say("memory after all of them were passed: heap, process", `${full.heap} MiB, ${full.tab} MiB`);
    say(
      "scrolling down from the first at 2,000 px/s",
      tell(await framesDuring(page, () => scroll(page, -40_000, 2_000))),
    );
    await page.getByRole("button", { name: /^(Back to n|N)ewest/ }).click();
    await expect(log.locator(`[data-seq="${last_seq}"]`)).toBeInViewport();
    await page.getByRole("link", { name: "Friends" }).first().click();
    await expect(log).toHaveCount(0);
    const after = await memoryOf(page);
    say("memory after the chat was left: heap, process", `${after.heap} MiB, ${after.tab} MiB`);
    await context.close();
  });
});

async function firstList(page: Page): Promise<string> {
  const [at = 0] = await timesToSee(page, "/", [{ selector: ROW }]);
  return seconds(at);
}

/** Scrolls up until the conversation's first entry is there. */
async function toTheTop(page: Page): Promise<void> {
  const first = page.getByRole("log").locator('[data-seq="1"]');
  for (const deadline = Date.now() + 1_200_000; Date.now() < deadline;) {
    if ((await first.count()) > 0) return;
    await scroll(page, 60_000, 30_000);
  }
  throw new Error("the first message does not come");
}

test("back after 30 days", async () => {
  server.setClockOffset(-AWAY_S);
  await expect(async () => {
    const someone = await Account.signIn(server.url, "Clock");
    expect(Math.abs((await someone.serverTime()) - Date.now() + AWAY_S * 1_000)).toBeLessThan(10_000);
  }).toPass();
  let mika = await reader("Mika");
  let [bea, chi, dan] = (await writers()) as [Account, Account, Account];
  for (const other of [chi, dan]) await bea.befriend(other);
  const names = Array.from({ length: MISSED_IN }, (_, at) => `Group ${at + 1}`);
  const ids = await groups([bea, mika, chi, dan], names);
  await write([bea, chi, dan], ids, 20);
  const before = await open("mika");
  await signIn(before.page, mika.email);
  await expect(before.page.locator(ROW).first()).toBeVisible();
  await before.page.goto(`/chats/${ids.at(-1)}`);
  await expect(before.page.getByRole("log").getByRole("article").last()).toBeVisible();
  await before.context.close();

  server.setClockOffset(0);
  await expect(async () => {
    mika = await Account.signIn(server.url, "Mika");
    expect(Math.abs((await mika.serverTime()) - Date.now())).toBeLessThan(10_000);
  }).toPass();
  [bea, chi, dan] = (await writers()) as [Account, Account, Account];
  const each = Math.floor(MISSED / MISSED_IN);
  await write([bea, chi, dan], ids, each);
  const newest = await bea.send(ids[7] as string, "The newest of all");

  const { context, page } = await open("mika");
  const [list = 0, chat = 0] = await timesToSee(page, "/", [
    { selector: `li:first-child > ${ROW}`, text: "The newest of all", press: true },
    { selector: "[role=log] [data-seq]" },
  ]);
  say(`back after 30 days, ${each * MISSED_IN} messages in ${MISSED_IN} conversations: list`, seconds(list));
  say("the newest chat, pressed at once, can be read", seconds(chat));
  const log = page.getByRole("log");

  await test.step("complete as it scrolls", async () => {
    await expect(async () => {
      await scroll(page, -20_000, 20_000);
      await expect(log.locator(`[data-seq="${newest.seq}"]`)).toBeVisible({ timeout: 1_000 });
    }).toPass();
    const seen = new Set<number>();
    while (!seen.has(1)) {
      for (const seq of await log
        .locator("[data-seq]")
        .evaluateAll((all) => all.map((each) => Number(each.dataset.seq)))) {
        seen.add(seq);
      }
      await scroll(page, 500, 4_000);
    }
    const missing = Array.from({ length: newest.seq }, (_, at) => at + 1).filter((seq) => !seen.has(seq));
    expect(missing).toEqual([]);
    say("complete as it scrolls", `all of ${newest.seq} entries`);
  });
  await context.close();
});
