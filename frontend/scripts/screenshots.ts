import type { Page } from "@playwright/test";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Account } from "../e2e/support/account";
import { pdf, photo, tone } from "../e2e/support/files";
import type { KithServer } from "../e2e/support/server";
import { expect, PHONE, test } from "../e2e/support/test";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
const DESKTOP = { width: 1240, height: 760 };

/** Pages with pictures stay quick to open. */
const MOST_BYTES = 200 * 1024;

const LENA = "Lena Hartmann";
const CREW = "夜市小隊 Night Market Crew";
const FRIENDS = [
  "Mei-Hua Lin 林美華",
  "Amara Okafor",
  "Jonas Weber",
  "陳柏翰",
  "김서연",
  "Zoë Achterberg",
  "佐藤ゆき",
] as const;

const DAY_S = 86_400;
const HOUR_S = 3_600;

type Cast = Record<string, Account>;

async function signInAll(server: KithServer, device: string): Promise<Cast> {
  const cast: Cast = {};
  for (const [at, name] of [LENA, ...FRIENDS, "Óscar Ibáñez"].entries()) {
    cast[name] = await Account.signIn(server.url, name, `person-${at}@example.com`, device);
  }
  return cast;
}

/** Moves the server's clock and signs everybody in again, as tokens end with it. */
async function travel(server: KithServer, seconds: number, device: string): Promise<Cast> {
  server.setClockOffset(seconds);
  // A sign-in that the jump falls into is refused. Nobody of the cast asks: a new account would be asked for its name.
  await expect(async () => {
    const someone = await Account.signIn(server.url, "Clock");
    expect(Math.abs((await someone.serverTime()) - Date.now() - seconds * 1_000)).toBeLessThan(10_000);
  }).toPass();
  return signInAll(server, device);
}

/** A few days among friends; the conversations to show. */
async function fill(server: KithServer) {
  /** Who writes has read what came before. */
  const say = async (from: Account | undefined, id: string, text: string, replyTo?: number) => {
    if (!from) throw new Error("nobody says this");
    const entry = await from.send(id, text, replyTo);
    await from.call("PUT", `/conversations/${id}/read`, { seq: entry.seq });
    return entry;
  };
  let cast = await travel(server, -2 * DAY_S, "Safari on iPhone");
  const lena = () => cast[LENA] as Account;
  const direct: Record<string, string> = {};
  for (const name of FRIENDS) direct[name] = await lena().befriend(cast[name] as Account);
  const { friend_code } = await lena().call<{ friend_code: string }>("GET", "/me");
  await cast["Óscar Ibáñez"]?.call("POST", "/friend-requests", { friend_code });
  await lena().call("PATCH", "/me", { introduction: "Night markets, long walks, short messages." });
  await cast["Amara Okafor"]?.call("PATCH", "/me", { introduction: "On a train, usually." });
  const crew = await lena().createGroup(
    CREW,
    FRIENDS.slice(0, 5).map((name) => cast[name] as Account),
  );
  const hikes = await lena().createGroup("象山健行 Sunday hikes", [cast["Jonas Weber"], cast["陳柏翰"]] as Account[]);
  await say(cast["Zoë Achterberg"], direct["Zoë Achterberg"] as string, "Can you check the boiler?");
  await say(lena(), direct["Zoë Achterberg"] as string, "It hums again. Tea on Friday?");

  cast = await travel(server, -DAY_S, "Firefox on Linux");
  await say(lena(), direct["佐藤ゆき"] as string, "明日の電車、9時8分でいい?");
  const slip = await say(cast["김서연"], direct["김서연"] as string, "Wrong chat");
  await cast["김서연"]?.call("POST", `/conversations/${slip.conversation_id}/entries/${slip.seq}/unsend`);
  await say(cast["Jonas Weber"], hikes.id, "步道口集合,記得帶水 💧");

  cast = await travel(server, -2 * HOUR_S, "Kith on Pixel phone");
  const crewId = crew.id;
  const plan = await say(
    cast["Mei-Hua Lin 林美華"],
    crewId,
    "Raohe night market at seven. Exit 5, under the lanterns, same as last year?",
  );
  await say(cast["陳柏翰"], crewId, "I am in. 我帶傘。");
  await say(cast["Jonas Weber"], crewId, "I can be there by ten past. Save me a pepper bun?", plan.seq);
  await say(lena(), crewId, "Two pepper buns, one with your name on it");
  const yes = await say(lena(), crewId, "Map: https://map.example/raohe");
  for (const name of FRIENDS.slice(0, 4)) {
    await cast[name]?.call("PUT", `/conversations/${crewId}/read`, { seq: yes.seq });
  }

  cast = await travel(server, 0, "Edge on Windows");
  await say(cast["Mei-Hua Lin 林美華"], direct["Mei-Hua Lin 林美華"] as string, "The umbrella stays with me");
  const see = await say(lena(), direct["Mei-Hua Lin 林美華"] as string, "See you at exit 5 then");
  await cast["Mei-Hua Lin 林美華"]?.call("PUT", `/conversations/${see.conversation_id}/read`, { seq: see.seq });
  const oops = await say(cast["김서연"], crewId, "Is it tomorrow?");
  await cast["김서연"]?.call("POST", `/conversations/${crewId}/entries/${oops.seq}/unsend`);
  await say(cast["Amara Okafor"], crewId, "On the train now. Is anyone vegetarian? There is a place by the temple.");
  for (const text of ["First snow on the roof", "Look up", "Now"]) {
    await say(cast["Amara Okafor"], direct["Amara Okafor"] as string, text);
  }
  await lena().call("PATCH", `/conversations/${crewId}`, { pinned: true });
  await lena().call("PATCH", `/conversations/${hikes.id}`, { muted_until: "9999-12-31T00:00:00.000Z" });
  await lena().call("PATCH", `/conversations/${direct["陳柏翰"] as string}`, {
    draft: { text: "about Friday, I was thinking", version: 0 },
  });
  return { crewId, jonas: direct["Jonas Weber"] as string };
}

/** In light and dark. */
async function shootBoth(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await shoot(page, `${name}-${colorScheme}`);
  }
}

/** Sends a photo, a recording and a document, as a person does. */
async function sendFiles(page: Page): Promise<void> {
  const files = [await photo(page, "ridge.jpg", { width: 900, height: 600 }), tone("rain.wav", 12), pdf("route.pdf")];
  await page.locator("input[type=file]").setInputFiles(files);
  await page.getByRole("textbox", { name: /^Message to / }).fill("Dusk over the ridge");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const image = page.getByRole("log").getByRole("img", { name: "Dusk over the ridge" });
  await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBeGreaterThan(0);
  await expect(page.getByRole("button", { name: "Download route.pdf" })).toBeVisible();
  await expect(page.getByRole("article", { name: "Your message, not sent yet" })).toHaveCount(0);
}

async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.png`);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  expect(statSync(path).size, name).toBeLessThan(MOST_BYTES);
}

test("the pictures of the documentation", async ({ server, browser }) => {
  test.setTimeout(300_000);
  const { crewId, jonas } = await fill(server);
  const look = async (index: number, path: string, options: Parameters<typeof browser.newContext>[0]) => {
    const context = await browser.newContext({
      baseURL: server.url,
      locale: "en-GB",
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    const query = new URLSearchParams({
      return_to: path,
      device_name: "Chrome on Mac",
      login_hint: `person-${index}@example.com`,
    });
    await page.goto(`/auth/login/dev?${query}`);
    await expect(page.getByRole("navigation").first()).toBeVisible();
    return page;
  };
  // Who is online has a page open.
  const online = await Promise.all([1, 2, 3].map((index) => look(index, "/", { viewport: PHONE })));
  const welcome = await browser.newContext({ baseURL: server.url, locale: "en-GB", viewport: DESKTOP });
  const door = await welcome.newPage();
  await door.goto("/");
  await expect(door.getByRole("link", { name: /^Continue with / })).toBeVisible();
  await shoot(door, "sign-in");

  // The list before the chat, which reads what is new in it.
  const phone = await look(0, "/", {
    viewport: PHONE,
    deviceScaleFactor: 2,
    colorScheme: "dark",
    isMobile: true,
    hasTouch: true,
  });
  await expect(phone.getByRole("link", { name: new RegExp(`^${CREW}`) })).toBeVisible();
  await shoot(phone, "list-phone-dark");

  const desk = await look(0, `/chats/${crewId}`, { viewport: DESKTOP, colorScheme: "light" });
  await expect(desk.getByRole("article", { name: /place by the temple/ })).toBeVisible();
  await expect(desk.getByRole("complementary", { name: "Details" })).toContainText("Members");
  await expect(desk.getByRole("complementary", { name: "Details" })).toContainText("Online");
  await shoot(desk, "chat-desktop-light");
  await desk.emulateMedia({ colorScheme: "dark" });
  await shoot(desk, "chat-desktop-dark");
  await desk.emulateMedia({ colorScheme: "light" });

  await desk.goto(`/chats/${jonas}`);
  await sendFiles(desk);
  await shootBoth(desk, "media-desktop");
  await desk.getByRole("log").getByRole("img", { name: "Dusk over the ridge" }).click();
  await expect(desk.getByRole("dialog", { name: "Photos and videos" })).toBeVisible();
  await shoot(desk, "viewer");
  await desk.keyboard.press("Escape");

  await desk.goto("/search");
  await desk.getByRole("searchbox").fill("exit");
  await desk.getByRole("searchbox").press("Enter");
  await expect(desk.locator("mark").first()).toHaveText(/exit/i);
  await shootBoth(desk, "search-desktop");

  await desk.emulateMedia({ colorScheme: "light" });
  for (const [path, name] of [
    ["/friends/add", "friends"],
    ["/settings/devices", "devices"],
    ["/settings/password", "password"],
    ["/settings/data", "data"],
    ["/settings/look", "settings"],
  ] as const) {
    await desk.goto(path);
    await expect(desk.getByRole("heading").nth(1)).toBeVisible();
    if (name === "friends") await expect(desk.getByRole("img", { name: /^QR code/ })).toBeVisible();
    await shootBoth(desk, name);
  }

  await phone.emulateMedia({ colorScheme: "light" });
  await phone.goto(`/chats/${crewId}`);
  await expect(phone.getByRole("article", { name: /place by the temple/ })).toBeVisible();
  await shootBoth(phone, "chat-phone");
  await phone.goto(`/chats/${jonas}`);
  await expect(phone.getByRole("button", { name: "Download route.pdf" })).toBeVisible();
  await shootBoth(phone, "media-phone");
  await phone.goto("/search");
  await phone.getByRole("searchbox").fill("exit");
  await phone.getByRole("searchbox").press("Enter");
  await expect(phone.locator("mark").first()).toHaveText(/exit/i);
  await shootBoth(phone, "search-phone");

  const taipei = await look(0, `/chats/${crewId}`, { viewport: DESKTOP, colorScheme: "light", locale: "zh-TW" });
  await expect(taipei.getByRole("article", { name: /place by the temple/ })).toBeVisible();
  await shoot(taipei, "chat-zh-TW");
  await Promise.all(online.map((page) => page.close()));
});
