import { test as base, type BrowserContextOptions } from "@playwright/test";
import { Account } from "./account";
import { Faults } from "./faults";
import { Person, Tab } from "./person";
import { KithServer } from "./server";

export { expect } from "@playwright/test";

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

interface Options {
  /** Limits per user; without them a script may write as fast as it can. */
  limits: boolean;
}

interface Fixtures {
  server: KithServer;
  /** Puts somebody in front of a browser of their own, not signed in. */
  person: (name: string, options?: BrowserContextOptions) => Promise<Person>;
  /** An account that exists already. */
  account: (name: string) => Promise<Account>;
}

export const test = base.extend<Fixtures & Options>({
  limits: [true, { option: true }],

  server: async ({ limits }, use, info) => {
    const server = new KithServer({ limits });
    await server.start();
    await use(server);
    await server.dispose();
    if (info.status !== info.expectedStatus) await info.attach("server.log", { body: server.log });
  },

  account: async ({ server }, use) => {
    await use((name) => Account.signIn(server.url, name));
  },

  person: async ({ browser, server }, use) => {
    const people: Person[] = [];
    await use(async (name, options) => {
      const context = await browser.newContext({
        baseURL: server.url,
        locale: "en-GB",
        viewport: DESKTOP,
        colorScheme: "light",
        ...options,
      });
      const faults = new Faults(context, server.url, name);
      const person = new Person(name, context, faults, new Tab(await context.newPage()));
      people.push(person);
      return person;
    });
    const faults = people.flatMap((person) => person.faults.found);
    await Promise.all(people.map((person) => person.context.close()));
    if (faults.length > 0) throw new Error(`Not in order:\n${faults.join("\n")}`);
  },
});
