import type { BrowserContext, Page } from "@playwright/test";

/** What the browser logs of its own accord when the network or the server is away. */
const NETWORK = /net::ERR_|WebSocket connection to .* failed/;

/** Whether somebody is signed in only the server can tell, from a cookie that no script sees: "nobody" is a 401. */
const NOBODY = /\b401\b/;

/**
 * Watches everything that happens in a browser context and must never happen: errors in the console (violations of the
 * content security policy are among them), uncaught errors, dialogs, requests to other hosts.
 */
export class Faults {
  readonly #found: string[] = [];
  readonly #origin: string;
  /** Where files come from: the same server under a name of its own. */
  readonly #fileOrigin: string;
  readonly #allowed: RegExp[] = [];

  constructor(
    context: BrowserContext,
    origin: string,
    private readonly who: string,
  ) {
    this.#origin = origin;
    this.#fileOrigin = origin.replace("127.0.0.1", "localhost");
    context.on("page", (page) => this.#watch(page));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (![this.#origin, this.#fileOrigin].includes(url.origin) && !["data:", "blob:"].includes(url.protocol)) {
        this.#add(`foreign request ${request.url()}`);
      }
    });
  }

  /** From here on failing requests are the test's doing. */
  allowNetworkFailures(): void {
    this.allow(NETWORK);
  }

  /** Messages in the console that the test itself causes. */
  allow(text: RegExp): void {
    this.#allowed.push(text);
  }

  get found(): readonly string[] {
    return this.#found;
  }

  #add(what: string): void {
    this.#found.push(`${this.who}: ${what}`);
  }

  #watch(page: Page): void {
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const { url } = message.location();
      if (NOBODY.test(message.text()) && url === `${this.#origin}/auth/refresh`) return;
      if (this.#allowed.some((allowed) => allowed.test(message.text()))) return;
      this.#add(`console ${message.type()} at ${url}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.#add(`uncaught ${error.stack ?? error.message}`));
    page.on("dialog", (dialog) => {
      this.#add(`dialog "${dialog.message()}"`);
      void dialog.dismiss();
    });
    page.on("crash", () => this.#add("the page crashed"));
  }
}
