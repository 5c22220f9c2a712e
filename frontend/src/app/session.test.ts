import { expect, test } from "vitest";
import { createHttp } from "@/api/http";
import { FakeBrowser } from "@/realtime/testing/browser";
import { FakeClock } from "@/realtime/testing/clock";
import { createSession } from "./session";

/** The sign-in half of a server: counts refreshes, knows which tokens live, can be down or end the session. */
class FakeAuth {
  refreshes = 0;
  down = false;
  signedIn = true;
  private live = new Map<string, number>();

  constructor(private readonly clock: FakeClock) {}

  fetch: typeof fetch = (input, init) => {
    if (this.down) return Promise.reject(new TypeError("network"));
    const path = new URL(input instanceof Request ? input.url : input.toString(), "http://kith.test").pathname;
    if (path === "/auth/refresh") return Promise.resolve(this.refresh());
    const bearer = new Headers(init?.headers).get("authorization")?.slice("Bearer ".length) ?? "";
    const ok = (this.live.get(bearer) ?? 0) > this.clock.now();
    if (path === "/auth/logout" && ok) {
      this.signedIn = false;
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    return Promise.resolve(
      ok ? Response.json({ bearer }) : Response.json({ status: 401, code: "unauthenticated" }, { status: 401 }),
    );
  };

  revokeTokens() {
    this.live.clear();
  }

  private refresh() {
    this.refreshes += 1;
    if (!this.signedIn) return Response.json({ status: 401, code: "unauthenticated" }, { status: 401 });
    const payload = btoa(JSON.stringify({ sub: "7", sid: "70", jti: String(this.refreshes) }));
    const token = `header.${payload}.signature`;
    this.live.set(token, this.clock.now() + 900_000);
    return Response.json({ access_token: token, token_type: "Bearer", expires_in: 900 });
  }
}

async function open(count: number, prepare: (auth: FakeAuth) => void = () => undefined) {
  const clock = new FakeClock();
  const auth = new FakeAuth(clock);
  prepare(auth);
  const browser = new FakeBrowser(clock);
  const tabs = Array.from({ length: count }, () => browser.openTab());
  const sessions = tabs.map((tab) => createSession({ tabs: tab, clock, fetch: auth.fetch }));
  tabs.forEach((tab) => tab.start());
  sessions.forEach((session) => session.start());
  await clock.advance(0);
  const statuses = () => [...new Set(sessions.map((session) => session.store.getState().status))];
  return { clock, auth, browser, tabs, sessions, statuses };
}

test("eight tabs opened at once spend one refresh and share its token", async () => {
  const { auth, sessions, statuses } = await open(8);
  expect(auth.refreshes).toBe(1);
  expect(statuses()).toEqual(["signed_in"]);
  const tokens = await Promise.all(sessions.map((session) => session.token()));
  expect(new Set(tokens).size).toBe(1);
  expect(sessions[7]?.store.getState()).toMatchObject({ userId: "7", deviceId: "70" });
});

test("the token is renewed at 12 of 15 minutes and every tab hears of it", async () => {
  const { clock, auth, sessions } = await open(8);
  const heard = sessions.map(() => new Set<string>());
  sessions.forEach((session, index) => session.onToken((token) => heard[index]?.add(token)));
  await clock.advance(12 * 60_000 - 1);
  expect(auth.refreshes).toBe(1);
  await clock.advance(1);
  expect(auth.refreshes).toBe(2);
  expect(heard.map((tokens) => tokens.size)).toEqual(Array<number>(8).fill(2));
});

test("eight requests refused with 401 in eight tabs cost one refresh, and all succeed", async () => {
  const { clock, auth, sessions } = await open(8);
  auth.revokeTokens();
  const answers = Promise.all(
    sessions.map((session) => createHttp({ tokens: session, fetch: auth.fetch }).get<{ bearer: string }>("/api/v1/me")),
  );
  await clock.advance(0);
  expect(new Set((await answers).map(({ bearer }) => bearer)).size).toBe(1);
  expect(auth.refreshes).toBe(2);
});

test("a closed leader is followed without a new refresh while its token lives", async () => {
  const { clock, auth, tabs, sessions } = await open(3);
  sessions[0]?.stop();
  tabs[0]?.stop();
  await clock.advance(0);
  expect(tabs[1]?.leader).toBe(true);
  expect(auth.refreshes).toBe(1);
  await clock.advance(12 * 60_000);
  expect(auth.refreshes).toBe(2);
});

test("a frozen leader does not keep a visible tab from its token", async () => {
  const { clock, browser, sessions, auth } = await open(2);
  browser.frozen.add("tab-1");
  auth.revokeTokens();
  const stale = await sessions[1]?.token();
  const renewed = sessions[1]?.renew(stale ?? "");
  await clock.advance(2_000);
  expect(await renewed).not.toBe(stale);
});

test("an unreachable server signs nobody out and is asked again", async () => {
  const { clock, auth, statuses } = await open(2, (server) => (server.down = true));
  expect(statuses()).toEqual(["unreachable"]);
  auth.down = false;
  await clock.advance(2_000);
  expect(statuses()).toEqual(["signed_in"]);
});

test("signing out in one tab ends all, and a signed-out tab asks for no token", async () => {
  const { clock, auth, sessions, statuses } = await open(8);
  await sessions[5]?.signOut();
  await clock.advance(0);
  expect(statuses()).toEqual(["signed_out"]);
  expect(await sessions[0]?.token()).toBeNull();
  expect(auth.refreshes).toBe(1);
});

test("signing out needs the server's answer, and renews an expired token for it", async () => {
  const { clock, auth, sessions, statuses } = await open(2);
  auth.down = true;
  await expect(sessions[1]?.signOut()).rejects.toMatchObject({ code: "network" });
  expect(statuses()).toEqual(["signed_in"]);
  auth.down = false;
  auth.revokeTokens();
  const done = sessions[1]?.signOut();
  await clock.advance(0);
  await done;
  await clock.advance(0);
  expect(auth.signedIn).toBe(false);
  expect(statuses()).toEqual(["signed_out"]);
});

test("a tab opened after a sign-in wakes the tabs that knew of none", async () => {
  const { clock, auth, browser, statuses } = await open(2, (server) => (server.signedIn = false));
  expect(statuses()).toEqual(["signed_out"]);
  auth.signedIn = true;
  const tab = browser.openTab();
  const session = createSession({ tabs: tab, clock, fetch: auth.fetch });
  tab.start();
  session.start();
  await clock.advance(0);
  expect(session.store.getState().status).toBe("signed_in");
  expect(statuses()).toEqual(["signed_in"]);
});
