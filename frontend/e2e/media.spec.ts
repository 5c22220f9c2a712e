import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { clip, drag, paste, pdf, photo, tone, type TestFile } from "./support/files";
import { expect, PHONE, test } from "./support/test";

const tray = (page: Page) => page.getByRole("list", { name: "Files to send" });
const viewer = (page: Page) => page.getByRole("dialog", { name: "Photos and videos" });

async function pick(page: Page, files: TestFile[]) {
  await page.locator("input[type=file]").setInputFiles(files);
  await expect(tray(page).getByRole("listitem")).toHaveCount(files.length);
}

async function send(page: Page, caption = "") {
  const button = page.getByRole("button", { name: "Send", exact: true });
  if (caption) await page.getByRole("textbox", { name: /^Message to / }).fill(caption);
  await expect(button).toBeEnabled();
  await button.click();
  await expect(tray(page)).toBeHidden();
}

/** The picture is loaded and drawn, not only there. */
async function isDrawn(image: Locator) {
  await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBeGreaterThan(0);
}

test("every kind, by button, paste and drop, arrives and can be used at the other side", async ({
  account,
  person,
}) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const sender = await person("Amara Okafor");
  const reader = await person("Bea Lindqvist");
  await sender.returnTo("/");
  await reader.returnTo("/");
  await sender.page.goto(`/chats/${chat}`);
  await reader.page.goto(`/chats/${chat}`);
  const { page } = sender;

  await test.step("a photo with a caption, by the button", async () => {
    await pick(page, [await photo(page)]);
    await send(page, "Dusk over the ridge");
    await isDrawn(reader.page.getByRole("img", { name: "Dusk over the ridge" }));
    await expect(reader.tab.row("Amara Okafor")).toContainText("Photo · Dusk over the ridge");
    await expect(sender.tab.messages.last()).toHaveAccessibleName(/^You, .*Photo · Dusk over the ridge, (Sent|Read)$/);
    await isDrawn(page.getByRole("img", { name: "Dusk over the ridge" }));
  });

  await test.step("a document, pasted", async () => {
    await sender.tab.composer.focus();
    await paste(page, [pdf()]);
    await send(page);
    const file = reader.page.getByRole("button", { name: "Download notes.pdf" });
    const download = reader.page.waitForEvent("download");
    await file.click();
    expect((await download).suggestedFilename()).toBe("notes.pdf");
  });

  await test.step("a video and a recording, dropped", async () => {
    // Long enough that it still plays when somebody gets round to pausing it.
    const files = [clip(), tone("tone.wav", 60)];
    await drag(page, files, "hold");
    await expect(page.getByText("Drop to send to Bea Lindqvist")).toBeVisible();
    await drag(page, files, "drop");
    await expect(page.getByText("Drop to send to Bea Lindqvist")).toBeHidden();
    await send(page);
    await reader.page.getByRole("button", { name: "Play: Video from Amara Okafor" }).click();
    const video = reader.page.locator("video[controls]");
    await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(0.5);

    const position = reader.page.getByRole("slider", { name: "Position in tone.wav" });
    await reader.page.getByRole("button", { name: "Play: tone.wav" }).click();
    await expect.poll(async () => Number(await position.inputValue())).toBeGreaterThan(200);
    await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.paused)).toBe(true);
    await reader.page.getByRole("button", { name: "Pause: tone.wav" }).click();
    await position.fill("2000");
    await expect(reader.page.getByText("0:02 / 1:00")).toBeVisible();
  });

  await test.step("a reply shows what it answers", async () => {
    await reader.tab.message("Dusk over the ridge").first().hover();
    await reader.page.getByRole("button", { name: "Reply to Amara Okafor" }).first().click();
    await reader.tab.send("Where is that?");
    await expect(sender.tab.message("Where is that?")).toContainText("Photo · Dusk over the ridge");
  });
});

test("the viewer by the keyboard, and what is unsent leaves it", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const sender = await person("Amara Okafor");
  await sender.returnTo("/");
  await sender.page.goto(`/chats/${chat}`);
  const photos = [];
  for (const name of ["one.jpg", "two.jpg", "three.jpg"]) photos.push(await photo(sender.page, name));
  for (const [index, file] of photos.entries()) {
    await pick(sender.page, [file]);
    await send(sender.page, ["First", "Second", "Third"][index]);
  }
  await expect(sender.tab.pending).toHaveCount(0);

  const reader = await person("Bea Lindqvist");
  await reader.returnTo("/");
  await reader.page.goto(`/chats/${chat}`);
  const { page, tab } = reader;
  const { keyboard } = page;
  const shown = viewer(page).getByRole("img");
  await expect(tab.message("Third")).toBeVisible();
  await tab.composer.focus();
  await keyboard.press("ArrowUp");
  await expect(tab.message("Third")).toBeFocused();
  await keyboard.press("Space");
  await expect(viewer(page).getByRole("img", { name: "Third" })).toBeVisible();
  await isDrawn(shown.last());
  await keyboard.press("ArrowLeft");
  await expect(viewer(page).getByRole("img", { name: "Second" })).toBeVisible();
  await keyboard.press("ArrowLeft");
  await expect(viewer(page).getByRole("img", { name: "First" })).toBeVisible();
  await keyboard.press("ArrowLeft");
  await expect(viewer(page).getByRole("img", { name: "First" })).toBeVisible();
  await keyboard.press("ArrowRight");
  await keyboard.press("+");
  await expect(viewer(page).getByRole("button", { name: "Zoom out" })).toBeEnabled();
  await keyboard.press("0");
  await expect(viewer(page).getByRole("button", { name: "Zoom out" })).toBeDisabled();
  const download = page.waitForEvent("download");
  await viewer(page)
    .getByRole("button", { name: /^Download / })
    .click();
  expect((await download).suggestedFilename()).toBe("two.jpg");

  await test.step("axe finds no barrier", async () => {
    const { violations } = await new AxeBuilder({ page }).include("dialog").analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });
  await keyboard.press("Escape");
  await expect(viewer(page)).toBeHidden();
  await expect(tab.message("Third")).toBeFocused();

  await test.step("what somebody looks at is unsent", async () => {
    await keyboard.press("Space");
    await expect(viewer(page)).toBeVisible();
    await sender.tab.onMessage("Third", /^Unsend/);
    await sender.page.getByRole("button", { name: "Unsend", exact: true }).click();
    await expect(viewer(page)).toBeHidden();
    await expect(tab.messages.last()).toContainText("This message was unsent.");
    await expect(page.getByRole("img", { name: "Third" })).toHaveCount(0);
  });
});

test("what cannot be sent is said before it goes up, and nothing is lost", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const someone = await person("Amara Okafor");
  const { page, tab } = someone;
  await someone.returnTo("/");
  await page.goto(`/chats/${chat}`);
  const uploads: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") uploads.push(request.url());
  });
  await pick(page, [
    { name: "IMG_2047.mov", mimeType: "video/quicktime", buffer: Buffer.alloc(64) },
    { name: "page.html", mimeType: "text/html", buffer: Buffer.from("<p>") },
    { name: "nothing.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(0) },
  ]);
  await tab.composer.fill("Look at this");
  await expect(tray(page).getByText("Videos must be mp4 and up to 50 MB.")).toBeVisible();
  await expect(tray(page).getByText("This type cannot be sent.")).toBeVisible();
  await expect(tray(page).getByText("This file is empty.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
  for (const name of ["IMG_2047.mov", "page.html", "nothing.pdf"]) {
    await page.getByRole("button", { name: `Remove ${name}` }).click();
  }
  await expect(tray(page)).toBeHidden();
  await expect(tab.composer).toHaveValue("Look at this");
  expect(uploads).toEqual([]);

  await test.step("the server finds out what only claims to be a video", async () => {
    await pick(page, [{ name: "clip.mp4", mimeType: "video/mp4", buffer: Buffer.from("this is no video at all") }]);
    someone.faults.allow(/status of 415/);
    await send(page, "Look at this");
    await expect(page.getByText("Videos must be mp4 and up to 50 MB.")).toBeVisible();
    await expect(tab.composer).toHaveValue("");
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await expect(tab.pending).toHaveCount(0);
    await expect(tab.composer).toHaveValue("Look at this");
  });

  await test.step("a photo that is too large is made smaller, and says so", async () => {
    const large = await photo(page, "DSC_2041.png", { width: 1500, height: 1300, noise: true, type: "image/png" });
    expect(large.buffer.length).toBeGreaterThan(5 * 1024 * 1024);
    await pick(page, [large]);
    await expect(tray(page).getByText(/^Made smaller: /)).toBeVisible();
    await send(page, "Shrunk");
    await isDrawn(page.getByRole("img", { name: "Shrunk" }));
    await expect(tab.pending).toHaveCount(0);
  });
});

test("an upload that is cancelled gives its words back", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const someone = await person("Amara Okafor");
  const { page, tab } = someone;
  await someone.returnTo("/");
  await page.goto(`/chats/${chat}`);
  someone.faults.allowNetworkFailures();
  await page.route("**/*", (route) => (route.request().method() === "PUT" ? undefined : route.fallback()));
  await pick(page, [await photo(page)]);
  await send(page, "Not yet");
  await expect(page.getByText(/^Uploading /).first()).toBeVisible();
  await tab.send("After it");
  await expect(tab.pending).toHaveCount(2);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(tab.composer).toHaveValue("Not yet");
  await expect(tab.pending).toHaveCount(0);
  expect(await tab.texts()).toEqual(["After it"]);
});

test("what is picked offline, or cut off by a reload, goes out later, once and in order", async ({
  account,
  person,
}) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const writer = await person("Amara Okafor");
  const reader = await person("Bea Lindqvist");
  await writer.returnTo("/");
  await reader.returnTo("/");
  await writer.page.goto(`/chats/${chat}`);
  await reader.page.goto(`/chats/${chat}`);
  const { page, tab } = writer;
  await expect(tab.composer).toBeVisible();
  const picture = await photo(page);
  // What prepares a file is loaded when the first one is picked.
  await pick(page, [picture]);
  await page.getByRole("button", { name: "Remove photo.jpg" }).click();

  writer.faults.allowNetworkFailures();
  await writer.context.setOffline(true);
  await expect(page.getByText("You are offline.", { exact: true })).toBeVisible();
  await tab.send("One");
  await pick(page, [picture]);
  await send(page, "Two");
  await tab.send("Three");
  await expect(tab.pending).toHaveCount(3);
  await expect(tab.log.getByText("Waiting for network")).toHaveCount(3);
  await isDrawn(page.getByRole("img", { name: "Two" }));
  await writer.context.setOffline(false);
  await expect.poll(() => reader.tab.texts()).toEqual(["One", "Two", "Three"]);
  await isDrawn(reader.page.getByRole("img", { name: "Two" }));

  await test.step("a page that is reloaded in the middle of an upload", async () => {
    let held = false;
    const hold = async (route: Parameters<Parameters<Page["route"]>[1]>[0]) => {
      if (held || route.request().method() !== "PUT") return route.fallback();
      held = true;
    };
    await page.route("**/*", hold);
    await pick(page, [picture]);
    await send(page, "Four");
    await tab.send("Five");
    await expect.poll(() => held).toBe(true);
    await page.reload();
    await expect.poll(() => reader.tab.texts()).toEqual(["One", "Two", "Three", "Four", "Five"]);
    await isDrawn(reader.page.getByRole("img", { name: "Four" }));
    await expect(tab.pending).toHaveCount(0);
    await expect.poll(() => tab.texts()).toEqual(["One", "Two", "Three", "Four", "Five"]);
  });
});

test("on a phone: pick, send, look, and find it again among what was shared", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  const bea = await account("Bea Lindqvist");
  const chat = await amara.befriend(bea);
  const someone = await person("Amara Okafor", { viewport: PHONE, hasTouch: true, isMobile: true });
  const { page, tab } = someone;
  await someone.returnTo("/");
  await page.goto(`/chats/${chat}`);
  await pick(page, [
    await photo(page, "tall.jpg", { width: 400, height: 900 }),
    pdf("a-very-long-name-".repeat(8) + ".pdf"),
  ]);
  const wider = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await wider()).toBeLessThanOrEqual(0);
  await send(page, "Tall");
  await expect(tab.pending).toHaveCount(0);
  await isDrawn(page.getByRole("img", { name: "Tall" }));
  expect(await wider()).toBeLessThanOrEqual(0);
  await page.getByRole("button", { name: "Open: Tall" }).tap();
  await isDrawn(viewer(page).getByRole("img", { name: "Tall" }).last());
  await viewer(page).getByRole("button", { name: "Close" }).tap();
  await expect(viewer(page)).toBeHidden();

  await test.step("Back closes what fills the page, and only that", async () => {
    await page.getByRole("button", { name: "Open: Tall" }).tap();
    await expect(viewer(page)).toBeVisible();
    await page.goBack();
    await expect(viewer(page)).toBeHidden();
    await expect(tab.composer).toBeVisible();
    await page.getByRole("button", { name: "Open: Tall" }).tap();
    await viewer(page).getByRole("button", { name: "Show in chat" }).tap();
    await expect(viewer(page)).toBeHidden();
    await expect(page).toHaveURL(/at=\d+/);
    await page.goBack();
    await expect(page).not.toHaveURL(/at=\d+/);
    await expect(tab.composer).toBeVisible();
  });

  await test.step("what is said at the bottom of the page does not lie above it", async () => {
    const said = page.getByText(/^Copied\.|^Your browser does not let Kith copy/);
    await tab.message("Tall").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Copy text" }).tap();
    await expect(said).toBeVisible();
    await page.getByRole("button", { name: "Open: Tall" }).tap();
    await expect(viewer(page)).toBeVisible();
    await expect(said).toHaveCount(0);
    await viewer(page).getByRole("button", { name: "Close" }).tap();
  });

  await page.getByRole("button", { name: "Details", exact: true }).tap();
  await expect(tab.details.getByRole("button", { name: "Open: Tall" })).toBeVisible();
  await tab.details.getByRole("button", { name: "Show all" }).tap();
  const shared = page.getByRole("dialog", { name: "Photos and files" });
  await shared.getByText("Files", { exact: true }).tap();
  await expect(shared.getByText(/^a-very-long-name/)).toBeVisible();
  await shared.getByRole("button", { name: /^Show a-very-long-name/ }).tap();
  await expect(shared).toBeHidden();
  await expect(tab.composer).toBeVisible();
  expect(await wider()).toBeLessThanOrEqual(0);
});

test("a picture of one's own is cut, seen by friends, and removed", async ({ account, person }) => {
  const amara = await account("Amara Okafor");
  await amara.befriend(await account("Bea Lindqvist"));
  const someone = await person("Amara Okafor");
  const friend = await person("Bea Lindqvist");
  await someone.returnTo("/");
  await friend.returnTo("/");
  const { page } = someone;
  await page.goto("/settings/profile");
  await page.getByLabel("Picture", { exact: true }).setInputFiles([await photo(page, "me.png", { type: "image/png" })]);
  const dialog = page.getByRole("dialog", { name: "Which part is shown?" });
  const area = dialog.getByRole("application", { name: "Part of the picture" });
  await area.focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "+", "+", "ArrowDown"]) await page.keyboard.press(key);
  await expect.poll(() => dialog.getByRole("slider", { name: "Zoom" }).inputValue()).not.toBe("1");
  await dialog.getByRole("button", { name: "Use this" }).click();
  await expect(page.getByText("The picture was changed.")).toBeVisible();
  const face = (of: Page) => of.locator("span[aria-hidden] > img");
  await isDrawn(face(page).first());
  await isDrawn(face(friend.page).first());

  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByText("The picture was removed.")).toBeVisible();
  await expect(face(page)).toHaveCount(0);
  await expect(face(friend.page)).toHaveCount(0);
});
