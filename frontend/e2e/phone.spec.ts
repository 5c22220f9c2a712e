import { finger } from "./support/finger";
import { expect, PHONE, test } from "./support/test";

test("on a phone: list, chat, details, and back again", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const group = await amara.createGroup("Sailing", []);
  await amara.send(await amara.befriend(bea), "Wind tomorrow?");
  await amara.send(group.id, "Boat is ready");
  const { page, tab, returnTo } = await (async () => {
    const someone = await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true });
    return { page: someone.page, tab: someone.tab, returnTo: () => someone.returnTo("/") };
  })();
  await returnTo();
  const tabs = page.getByRole("navigation", { name: "Main" });
  const details = page.getByRole("complementary", { name: "Details" });

  await tab.row("Sailing").tap();
  await expect(tab.message("Boat is ready")).toBeVisible();
  await expect(tabs).toBeHidden();
  await expect(tab.row("Sailing")).toBeHidden();
  // On touch keyboards Enter breaks the line and the button sends.
  await tab.composer.fill("On");
  await tab.composer.press("Enter");
  await tab.composer.pressSequentially("my way");
  await page.getByRole("button", { name: "Send" }).tap();
  await expect(tab.message("On")).toContainText("On\nmy way");

  await page.getByRole("button", { name: "Details", exact: true }).tap();
  await expect(details.getByText("Group code")).toBeVisible();
  await expect(tab.composer).toBeHidden();
  await page.goBack();
  await expect(tab.composer).toBeVisible();
  await expect(details).toBeHidden();
  await page.goBack();
  await expect(tab.row("Bea Lindqvist")).toBeVisible();
  await expect(tabs).toBeVisible();

  await tab.row("Bea Lindqvist").tap();
  await expect(tab.message("Wind tomorrow?")).toBeVisible();
  await page.getByRole("link", { name: "Back to chats" }).tap();
  await expect(tab.row("Sailing")).toBeVisible();

  await test.step("nothing is wider than the screen, also at 320 px", async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of [
      "/",
      `/chats/${group.id}`,
      `/chats/${group.id}/details`,
      "/friends",
      "/friends/add",
      "/settings",
    ]) {
      await page.goto(path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, path).toBeLessThanOrEqual(0);
    }
  });
});

test("the name of a chat has the width of the screen but for what is pressed", async ({ account, person }) => {
  const crew = "夜市小隊 Night Market Crew";
  const group = await (await account("Amara Okafor")).createGroup(crew, []);
  const someone = await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true });
  const { page } = await someone.returnTo("/");
  const name = page.getByRole("heading", { name: crew, level: 2 });
  const cut = () => name.evaluate((title) => title.scrollWidth > title.clientWidth);
  for (const language of ["en", "zh-TW", "en-XA"]) {
    await page.evaluate((id) => localStorage.setItem("kith.look", JSON.stringify({ language: id })), language);
    await page.setViewportSize(PHONE);
    await page.goto(`/chats/${group.id}`);
    await expect(name).toBeVisible();
    expect(await cut(), language).toBe(false);
    await page.setViewportSize({ width: 320, height: 640 });
    await expect.poll(async () => (await name.boundingBox())?.width ?? 0, language).toBeGreaterThan(170);
  }
});

test("whoever asks to be friends is named whole at 320 px, however long the name is", async ({ account, person }) => {
  const { friend_code } = await (await account("Amara Okafor")).call<{ friend_code: string }>("GET", "/me");
  const names = ["Wolfeschlegelsteinhausenbergerdo", "Yu 歐陽上官司馬諸葛皇甫尉遲公羊赫連澹臺公冶宗政濮陽"];
  for (const name of names) await (await account(name)).call("POST", "/friend-requests", { friend_code });
  const { page } = await (
    await person("Amara Okafor", { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true })
  ).returnTo("/friends");
  for (const name of names) {
    const box = page.getByRole("listitem").filter({ hasText: name });
    await expect(box.getByText(name)).toBeInViewport({ ratio: 1 });
    const cut = await box.evaluate((row) =>
      [row, ...row.querySelectorAll("*")].some((each) => each.scrollWidth > each.clientWidth && each.clientWidth > 0),
    );
    expect(cut, name).toBe(false);
    await expect(box.getByRole("button", { name: `Accept ${name}` })).toBeInViewport({ ratio: 1 });
  }
});

test("a long press opens the menu of a message, which stays when the finger is lifted", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  await bea.send(chat, "Wind tomorrow?");
  const { page, tab } = await (
    await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true })
  ).returnTo("/");
  await page.goto(`/chats/${chat}`);
  await expect(tab.message("Wind tomorrow?")).toBeInViewport();
  const touch = await finger(tab.message("Wind tomorrow?"));
  await expect(page.getByRole("menuitem", { name: "Reply" })).toBeVisible();
  await touch.lift();
  await page.getByRole("menuitem", { name: "Reply" }).tap();
  await expect(tab.composer).toBeFocused();
});
