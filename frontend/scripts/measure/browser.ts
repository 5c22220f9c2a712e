import { chromium, type BrowserContext, type Page } from "@playwright/test";
import playwright from "../../playwright.config";

export const WINDOW = { width: 1280, height: 800 };

/** A browser whose profile stays: what it stored is there when it is opened again. */
export async function openBrowser(profile: string, url: string): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile, {
    ...playwright.use?.launchOptions,
    baseURL: url,
    locale: "en-GB",
    viewport: WINDOW,
  });
  context.setDefaultTimeout(60_000);
  return context;
}

/** Signs in without the provider's page; the first time takes the name that is proposed. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto(`/auth/login/dev?${new URLSearchParams({ return_to: "/", login_hint: email })}`);
  const main = page.getByRole("navigation", { name: "Main" }).first();
  const start = page.getByRole("button", { name: "Start" });
  await main.or(start).first().waitFor();
  if (await start.isVisible()) await start.click();
  await main.waitFor();
}

/** What is looked for: an element that is drawn and contains the text. */
export interface Sight {
  selector: string;
  text?: string;
  /** Pressed as soon as it is seen. */
  press?: boolean;
}

/**
 * Opens a page and looks for one sight after the other; milliseconds from the start of the navigation to the first frame
 * that shows each. The page itself watches, once a frame.
 */
export async function timesToSee(page: Page, path: string, sights: Sight[]): Promise<number[]> {
  await page.addInitScript((wanted) => {
    const seenAt: number[] = [];
    Object.assign(window, { seenAt });
    const look = () => {
      const { selector = "", text = "", press } = wanted[seenAt.length] ?? {};
      const found = [...document.querySelectorAll<HTMLElement>(selector)].find(
        (element) => element.textContent.includes(text) && element.getBoundingClientRect().height > 0,
      );
      if (!found) return void requestAnimationFrame(look);
      // The frame that draws it is over when the next one begins.
      requestAnimationFrame(() => {
        seenAt.push(performance.now());
        if (press) found.click();
        if (seenAt.length < wanted.length) requestAnimationFrame(look);
      });
    };
    requestAnimationFrame(look);
  }, sights);
  await page.goto(path, { waitUntil: "commit" });
  const all = await page.waitForFunction(
    (count) => {
      const { seenAt = [] } = window as { seenAt?: number[] };
      return seenAt.length === count ? seenAt : undefined;
    },
    sights.length,
    { timeout: 120_000 },
  );
  return (await all.jsonValue()) ?? [];
}
