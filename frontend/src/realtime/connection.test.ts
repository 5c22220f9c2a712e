import { expect, test } from "vitest";
import { createStore } from "zustand/vanilla";
import { createConnection } from "./connection";
import type { Core } from "./core";
import { reduce } from "./reducer";
import { initialState, type ChatState } from "./state";
import { FakeClock } from "./testing/clock";
import { FakeNetwork } from "./testing/network";
import { FakeServer } from "./testing/server";
import type { Closed, LinkHandlers } from "./transport";

const ME = "1";

/** A connection whose sockets the test holds in its hands. */
function setUp(renew: (refused: string) => Promise<string | null>) {
  const clock = new FakeClock();
  const state = createStore<ChatState>(() => initialState(clock.now(), ME));
  const share: Core["share"] = (event) =>
    state.setState(reduce(state.getState(), event, { now: clock.now() }).state, true);
  const sockets: { handlers: LinkHandlers; open: boolean }[] = [];
  const connection = createConnection({
    core: {
      state,
      http: new FakeNetwork(new FakeServer(() => clock.now()), ME).http,
      clock,
      random: () => 0.5,
      share,
    },
    transport(_token, handlers) {
      const socket = { handlers, open: true };
      sockets.push(socket);
      return { send: () => undefined, close: () => (socket.open = false) };
    },
    tokens: { token: () => Promise.resolve("token"), renew },
    online: () => true,
    onLive: () => undefined,
    onClosed: () => undefined,
    onDeleting: () => undefined,
    onSync: () => undefined,
    onReceipt: () => undefined,
    onError: () => undefined,
  });
  const refuse = (index: number, closed: Closed) => {
    const socket = sockets[index];
    if (socket) socket.open = false;
    socket?.handlers.onClosed(closed);
  };
  const open = () => sockets.filter((socket) => socket.open).length;
  return { clock, state, connection, sockets, refuse, open };
}

test("a page that wakes up while the token is renewed has one socket, not two", async () => {
  let renewed: (token: string) => void = () => undefined;
  const { clock, state, connection, sockets, refuse, open } = setUp(
    () => new Promise((resolve) => (renewed = resolve)),
  );
  connection.start();
  await clock.advance(0);
  refuse(0, { code: 1008, error: "unauthenticated" });
  connection.wake();
  await clock.advance(0);
  renewed("token-2");
  await clock.advance(60_000);
  expect([sockets.length, open()]).toEqual([2, 1]);
  sockets[1]?.handlers.onConnected({});
  await clock.advance(0);
  expect(state.getState().connection.phase).toBe("live");
});

test("attempts that fail are one spell without a connection, which begins when it broke", async () => {
  const { clock, state, connection, sockets, refuse } = setUp(() => Promise.resolve("token-2"));
  connection.start();
  await clock.advance(0);
  sockets[0]?.handlers.onConnected({});
  await clock.advance(10_000);
  const broken = clock.now();
  refuse(0, { code: 1006 });
  for (let index = 1; index < 4; index += 1) {
    await clock.advance(60_000);
    expect(sockets).toHaveLength(index + 1);
    expect(state.getState().connection).toMatchObject({ phase: "connecting", since: broken });
    refuse(index, { code: 1006 });
    expect(state.getState().connection).toMatchObject({ phase: "connecting", since: broken });
  }
  await clock.advance(60_000);
  sockets[4]?.handlers.onConnected({});
  await clock.advance(0);
  expect(state.getState().connection).toMatchObject({ phase: "live", since: clock.now() });
});

test("a refused token is renewed and tried once more at once, then after a pause", async () => {
  const { clock, connection, sockets, refuse } = setUp(() => Promise.resolve("token-2"));
  connection.start();
  await clock.advance(0);
  refuse(0, { code: 1008, error: "unauthenticated" });
  await clock.advance(0);
  expect(sockets).toHaveLength(2);
  refuse(1, { code: 1008, error: "unauthenticated" });
  await clock.advance(0);
  expect(sockets).toHaveLength(2);
  await clock.advance(60_000);
  expect(sockets).toHaveLength(3);
});
