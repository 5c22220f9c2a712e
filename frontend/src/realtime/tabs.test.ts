import { expect, test } from "vitest";
import { LEADER_CHECK_MS, LEADER_SILENCE_MS } from "./tabs";
import { FakeBrowser } from "./testing/browser";
import { FakeClock } from "./testing/clock";

async function open(count: number) {
  const clock = new FakeClock();
  const browser = new FakeBrowser(clock);
  const tabs = Array.from({ length: count }, () => browser.openTab());
  tabs.forEach((tab) => tab.start());
  await clock.advance(0);
  const leaders = () => tabs.filter((tab) => tab.leader).map((tab) => tab.id);
  return { clock, browser, tabs, leaders };
}

test("exactly one tab leads, and the next one follows when it closes", async () => {
  const { clock, tabs, leaders } = await open(3);
  expect(leaders()).toEqual(["tab-1"]);
  tabs[0]?.stop();
  await clock.advance(0);
  expect(leaders()).toEqual(["tab-2"]);
});

test("a visible tab takes over from a frozen leader after 2 s of silence", async () => {
  const { clock, browser, tabs, leaders } = await open(2);
  browser.frozen.add("tab-1");
  tabs[1]?.ensureLeader();
  await clock.advance(LEADER_SILENCE_MS - 1);
  expect(leaders()).toEqual(["tab-1"]);
  await clock.advance(1);
  expect(leaders()).toEqual(["tab-2"]);
});

test("a hidden tab leaves the leader alone; a visible one notices by itself", async () => {
  const { clock, browser, leaders } = await open(3);
  browser.frozen.add("tab-1");
  browser.hidden.add("tab-2");
  await clock.advance(LEADER_CHECK_MS + LEADER_SILENCE_MS);
  expect(leaders()).toEqual(["tab-3"]);
});

test("a leader that answers keeps the lead, and messages reach the others only", async () => {
  const { clock, tabs, leaders } = await open(2);
  const heard: string[] = [];
  tabs.forEach((tab) => tab.on<string>("greeting", (body, from) => heard.push(`${tab.id} from ${from}: ${body}`)));
  tabs[1]?.post("greeting", "hello");
  await clock.advance(10 * LEADER_CHECK_MS);
  expect(leaders()).toEqual(["tab-1"]);
  expect(heard).toEqual(["tab-1 from tab-2: hello"]);
});
