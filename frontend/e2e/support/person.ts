import { expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { emailOf } from "./account";
import type { Faults } from "./faults";

/** A browser with somebody in front of it. */
export class Person {
  constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly faults: Faults,
    /** The first tab. */
    readonly tab: Tab,
  ) {}

  get email(): string {
    return emailOf(this.name);
  }

  /** The tab's page, for what has no word of its own. */
  get page(): Page {
    return this.tab.page;
  }

  async openTab(path = "/"): Promise<Tab> {
    const tab = new Tab(await this.context.newPage());
    await tab.page.goto(path);
    return tab;
  }

  /** Signs in as a person does: by the button, the provider's page, and the name at the first visit. */
  async signIn(path = "/"): Promise<void> {
    const { page } = this;
    await page.goto(path);
    await page.getByRole("link", { name: /^Continue with / }).click();
    await page.getByLabel("E-mail address").fill(this.email);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Name", { exact: true }).fill(this.name);
    await page.getByRole("button", { name: "Start" }).click();
  }

  /** Signs in without the provider's page, and keeps the name if it is asked for. */
  async returnTo(path = "/", device = "Chromium on Linux"): Promise<this> {
    const query = new URLSearchParams({ return_to: path, device_name: device, login_hint: this.email });
    await this.page.goto(`/auth/login/dev?${query}`);
    const main = this.page.getByRole("navigation", { name: "Main" });
    const start = this.page.getByRole("button", { name: "Start" });
    await expect(main.or(start).first()).toBeVisible();
    if (await start.isVisible()) await start.click();
    await expect(main.first()).toBeVisible();
    return this;
  }
}

/** One page of Kith, with names for what people look at and press. */
export class Tab {
  constructor(readonly page: Page) {}

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: /^Message to / });
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }

  /** Messages of the open chat, pending ones included. */
  get messages(): Locator {
    return this.log.getByRole("article");
  }

  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  /** Bubbles in an error state, or waiting. */
  get pending(): Locator {
    return this.page.getByRole("article", { name: "Your message, not sent yet" });
  }

  get notices(): Locator {
    return this.log.locator("[data-seq]:not(article)");
  }

  /** A row of the list of chats. */
  row(title: string): Locator {
    return this.page.getByRole("list", { name: "Chats" }).getByRole("link", { name: new RegExp(`^${title}`) });
  }

  async openChat(title: string): Promise<void> {
    await this.row(title).click();
    await expect(this.page.getByRole("heading", { name: title, level: 2 }).first()).toBeVisible();
  }

  get details(): Locator {
    return this.page.getByRole("complementary", { name: "Details" });
  }

  /** The button shows and hides them; wide windows remember which. */
  async openDetails(): Promise<void> {
    const button = this.page.getByRole("button", { name: "Details", exact: true });
    if ((await button.getAttribute("aria-pressed")) !== "true") await button.click();
    await expect(this.details).toBeVisible();
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** Opens the menu of a message and presses an item. */
  async onMessage(text: string, item: string | RegExp): Promise<void> {
    const message = this.message(text).last();
    await message.click({ button: "right" });
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  /** What the bubbles say, top to bottom. */
  async texts(): Promise<string[]> {
    return this.log.locator("article [class*=_text_]").allTextContents();
  }
}
