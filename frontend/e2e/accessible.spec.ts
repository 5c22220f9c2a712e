import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { clip, pdf, photo, tone } from "./support/files";
import { DESKTOP, expect, PHONE, test } from "./support/test";

/** What axe finds that keeps somebody out, one line each. */
async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.any[0]?.message ?? ""}`));
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`axe finds no barrier in any view, ${colorScheme}, ${size}`, async ({ account, person }) => {
      test.setTimeout(300_000);
      const amara = await account("Amara Okafor");
      const bea = await account("Bea Lindqvist");
      const chi = await account("陳柏翰");
      const chat = await amara.befriend(bea);
      const group = await amara.createGroup("Sailing", [bea]);
      const question = await bea.send(chat, "Have you seen https://example.com/tides?");
      await amara.send(chat, "Yes, at noon", question.seq);
      await bea.send(chat, "Good");
      const slip = await amara.send(chat, "A slip");
      await amara.call("POST", `/conversations/${chat}/entries/${slip.seq}/unsend`);
      await bea.send(group.id, "Wind is up");
      const { friend_code } = await amara.call<{ friend_code: string }>("GET", "/me");
      await chi.call("POST", "/friend-requests", { friend_code });

      const { page, returnTo } = await (async () => {
        const someone = await person("Amara Okafor", { colorScheme, viewport, reducedMotion: "reduce" });
        return { page: someone.page, returnTo: () => someone.returnTo("/") };
      })();
      const views: [path: string, settled: () => Promise<void>][] = [
        ["/", () => expect(page.getByRole("link", { name: /^Sailing/ })).toBeVisible()],
        [`/chats/${chat}`, () => expect(page.getByRole("article").filter({ hasText: "Good" })).toBeVisible()],
        [`/chats/${group.id}/details`, () => expect(page.getByText("Group code")).toBeVisible()],
        ["/friends", () => expect(page.getByRole("button", { name: "Accept 陳柏翰" })).toBeVisible()],
        ["/friends/add", () => expect(page.getByRole("img", { name: /^QR code/ })).toBeVisible()],
        ["/search", () => expect(page.getByText("What are you looking for?")).toBeVisible()],
        ["/search?q=zzz", () => expect(page.getByText("Nothing found for “zzz”")).toBeVisible()],
        [`/search/${chat}?q=Good&at=3`, () => expect(page.getByRole("button", { name: "Older result" })).toBeVisible()],
        [`/chats/${chat}?find=Good`, () => expect(page.getByRole("search").getByRole("searchbox")).toBeVisible()],
        ["/settings", () => expect(page.getByRole("link", { name: "Devices" })).toBeVisible()],
        ["/settings/profile", () => expect(page.getByLabel("Introduction")).toBeVisible()],
        ["/settings/look", () => expect(page.getByText("Density", { exact: true }).first()).toBeVisible()],
        ["/settings/notifications", () => expect(page.getByText("Play a sound").first()).toBeVisible()],
        ["/settings/shortcuts", () => expect(page.getByText("Single-letter shortcuts").first()).toBeVisible()],
        ["/settings/devices", () => expect(page.getByText("This device")).toBeVisible()],
      ];
      await test.step("sign-in", async () => {
        await page.goto("/");
        await expect(page.getByRole("link", { name: /^Continue with / })).toBeVisible();
        expect(await barriers(page)).toEqual([]);
      });
      await returnTo();
      for (const [path, settled] of views) {
        await test.step(path.replace(/\d{6,}/, "ID"), async () => {
          await page.goto(path);
          await settled();
          expect.soft(await barriers(page), path).toEqual([]);
        });
      }
    });
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`axe finds no barrier among files, ${colorScheme}, ${size}`, async ({ account, person }) => {
      test.setTimeout(180_000);
      const amara = await account("Amara Okafor");
      const chat = await amara.befriend(await account("Bea Lindqvist"));
      const someone = await person("Amara Okafor", { colorScheme, viewport, reducedMotion: "reduce" });
      const { page } = someone;
      await someone.returnTo("/");
      const ridge = await photo(page, "ridge.jpg");
      await amara.sendFile(chat, "image", ridge, "Dusk over the ridge");
      await amara.sendFile(chat, "video", clip());
      await amara.sendFile(chat, "file", pdf("route.pdf"));
      await amara.sendFile(chat, "audio", tone("rain.wav"));
      await page.goto(`/chats/${chat}`);

      await test.step("waiting to be sent, one of them refused", async () => {
        const tray = page.getByRole("list", { name: "Files to send" });
        const refused = { name: "IMG_2047.mov", mimeType: "video/quicktime", buffer: Buffer.alloc(64) };
        await page.locator("input[type=file]").setInputFiles([ridge, clip(), tone(), pdf(), refused]);
        await expect(tray.getByRole("listitem")).toHaveCount(5);
        await expect(tray.getByText("Videos must be mp4 and up to 50 MB.")).toBeVisible();
        await expect(tray.getByText("One moment…")).toHaveCount(0);
        expect.soft(await barriers(page)).toEqual([]);
      });

      await test.step("all that was shared", async () => {
        await page.goto(`/chats/${chat}/details`);
        await page.getByRole("button", { name: "Show all" }).click();
        const dialog = page.getByRole("dialog", { name: "Photos and files" });
        for (const [tab, first] of [
          ["Photos and videos", dialog.getByRole("button", { name: "Open: Dusk over the ridge" })],
          ["Files", dialog.getByText("route.pdf")],
          ["Audio", dialog.getByText("rain.wav")],
        ] as const) {
          await dialog.getByText(tab, { exact: true }).click();
          await expect(first).toBeVisible();
          // What is still fading in has no contrast of its own.
          await expect(dialog).toHaveCSS("opacity", "1");
          expect.soft(await barriers(page), tab).toEqual([]);
        }
      });
    });
  }
}
