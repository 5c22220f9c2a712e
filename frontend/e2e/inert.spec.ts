import { expect, test } from "./support/test";

/** Texts that would act if anything took them for more than text. Dialogs and foreign requests fail every test. */
const TEXTS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "<iframe src=https://evil.example></iframe>",
  "<a href=javascript:alert(1)>here</a>",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "[here](javascript:alert(1))",
  "![](https://evil.example/pixel.png)",
  "<style>@import 'https://evil.example/x.css'</style>",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)} $t(app.name) {{name}} &lt;b&gt; %3Cscript%3E",
  "https://evil.example/?q=<script>alert(1)</script>",
  "\u202Egnp.exe \u200B'\"`",
];

test("markup in names and messages stays text", async ({ account, person }) => {
  const name = "<img src=x onerror=alert(1)>";
  const amara = await account("Amara Okafor");
  const mallory = await account(name);
  const chat = await mallory.befriend(amara);
  const group = await mallory.createGroup("<svg onload=alert(1)>$t(app.name)", [amara]);
  const { page, tab, returnTo } = await (async () => {
    const someone = await person("Amara Okafor");
    return { page: someone.page, tab: someone.tab, returnTo: (path: string) => someone.returnTo(path) };
  })();
  await returnTo(`/chats/${chat}`);
  await page.setViewportSize({ width: 1280, height: 2_000 });

  for (const text of TEXTS) await mallory.send(chat, text);
  await expect.poll(() => tab.texts()).toEqual(TEXTS);
  await mallory.send(group.id, "<b>bold</b>");

  await test.step("links lead only to web addresses, apart from this page", async () => {
    const links = await tab.log.getByRole("link").all();
    for (const link of links) {
      await expect(link).toHaveAttribute("href", /^https?:\/\//);
      await expect(link).toHaveAttribute("rel", /noopener/);
    }
    expect(links.length).toBeGreaterThan(0);
  });

  await test.step("names are shown as they are, wherever they are", async () => {
    await expect(page.getByRole("heading", { name, level: 2 })).toBeVisible();
    for (const path of [`/chats/${chat}`, `/chats/${group.id}/details`, "/friends", `/friends/${await mallory.id()}`]) {
      await page.goto(path);
      await expect(page.getByText(name).first()).toBeVisible();
    }
    await page.goto(`/chats/${group.id}`);
    await expect(
      page.getByRole("heading", { name: "<svg onload=alert(1)>$t(app.name)", level: 2 }).first(),
    ).toBeVisible();
    await expect(tab.row("<svg onload")).toContainText("<b>bold</b>");
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox").fill("<img");
    await expect(page.getByRole("option").first()).toContainText(name);
  });
});
