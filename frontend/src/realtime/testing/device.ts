import { createChatClient, type ChatClient } from "../client";
import { openStore } from "../store";
import type { Tabs } from "../tabs";
import { FakeBrowser } from "./browser";
import { FakeClock } from "./clock";
import { FakeNetwork } from "./network";
import { FakeServer } from "./server";

export const ROOM = "500";
export const OTHER_ROOM = "501";

let users = 100;

/** A user of its own for each test, so that the stores do not meet. */
export function newUser(): string {
  users += 1;
  return String(users);
}

/** One page of the client, over the parts of its browser. */
export interface Tab {
  tabs: Tabs;
  client: ChatClient;
  close(): void;
}

/** A user with two conversations, on a device whose network can fail, in a browser of any number of tabs. */
export async function setUpFor(me: string) {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.now());
  server.createRoom(ROOM, [me, "2"]);
  server.createRoom(OTHER_ROOM, [me, "2"]);
  const network = new FakeNetwork(server, me);
  const browser = new FakeBrowser(clock);
  const unplugged = new Set<() => void>();
  let signedOut = false;

  /** @param focused whether somebody looks at it */
  async function openTab({ focused = false } = {}): Promise<Tab> {
    const tabs = browser.openTab();
    const client = createChatClient({
      http: network.http,
      session: {
        token: () => Promise.resolve("token"),
        renew: () => Promise.resolve("token-2"),
        onToken: () => () => undefined,
        onEnd: () => () => undefined,
        signOut: () => {
          signedOut = true;
          return Promise.resolve();
        },
        end: () => undefined,
      },
      tabs,
      userId: me,
      chatStore: await openStore(me),
      transport: network.transport,
      upload: { put: network.put, digest: (blob) => Promise.resolve(`hash of ${blob.size}`) },
      clock,
      random: () => 0.5,
      page: {
        online: () => !network.down,
        focused: () => focused,
        onWake: () => () => undefined,
        onOffline: (listener) => {
          unplugged.add(listener);
          return () => unplugged.delete(listener);
        },
        onHide: () => () => undefined,
      },
      onFault: (error) => {
        throw error;
      },
    });
    tabs.start();
    await client.start();
    await clock.advance(0);
    return {
      tabs,
      client,
      close() {
        client.stop();
        tabs.stop();
      },
    };
  }
  /** The network goes without a word to the open sockets. */
  function unplug() {
    network.down = true;
    for (const listener of unplugged) listener();
  }
  return { clock, server, network, browser, openTab, unplug, signedOut: () => signedOut };
}
