import type { BrowserContext, Page } from "@playwright/test";

/** The WebSockets of all pages of a browser context, from the moment it is made. */
export class Sockets {
  readonly #open = new Map<object, Page>();

  constructor(context: BrowserContext) {
    for (const page of context.pages()) this.#watch(page);
    context.on("page", (page) => this.#watch(page));
  }

  /** The pages that hold an open socket, one for each socket. */
  get holders(): Page[] {
    return [...this.#open.values()];
  }

  #watch(page: Page): void {
    page.on("websocket", (socket) => {
      this.#open.set(socket, page);
      socket.on("close", () => this.#open.delete(socket));
    });
    // A page that goes takes its sockets along without a word.
    page.on("close", () => {
      for (const [socket, holder] of this.#open) if (holder === page) this.#open.delete(socket);
    });
  }
}
