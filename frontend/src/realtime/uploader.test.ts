// @vitest-environment node
import { beforeEach, expect, test } from "vitest";
import { openStore } from "./store";
import type { OutgoingMedia, PendingMessage } from "./state";
import { newUser, ROOM, setUpFor, type Tab } from "./testing/device";
import type { UploadRequest } from "./testing/network";

let me: string;
beforeEach(() => {
  me = newUser();
});

const PHOTO = new Blob(["not really a photo"]);

function photo(caption?: string): OutgoingMedia {
  const media = { name: "photo.jpg", content_type: "image/jpeg", size_bytes: PHOTO.size, width: 3, height: 2 };
  return { type: "image", media, ...(caption !== undefined && { caption }) };
}

const text = (value: string) => ({ type: "text" as const, text: value });

const pendingOf = ({ client }: Tab): PendingMessage[] => client.store.getState().outbox[ROOM] ?? [];

/** What the server holds of the conversation, in its order. */
function stored(tab: Tab): string[] {
  const items = tab.client.store.getState().timelines[ROOM]?.items ?? [];
  return items.flatMap((item) => {
    const content = item.type === "entry" ? item.entry.content : undefined;
    if (!content) return [];
    return content.type === "text" ? content.text : `${content.type} ${content.caption ?? ""}`.trim();
  });
}

async function openChat(openTab: () => Promise<Tab>): Promise<Tab> {
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  return tab;
}

test("a photo goes up, then its message names it, and what was written after it stays after it", async () => {
  const { clock, network, server, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  tab.client.actions.send(ROOM, text("before"));
  tab.client.actions.send(ROOM, photo("look"), PHOTO);
  tab.client.actions.send(ROOM, text("after"));
  for (let seconds = 0; seconds < 3; seconds += 1) await clock.advance(1_000);
  expect(stored(tab)).toEqual(["before", "image look", "after"]);
  expect(network.uploads).toEqual(["create", "put", "complete"]);
  expect(pendingOf(tab)).toEqual([]);
  expect(await server.media[0]?.bytes?.text()).toBe("not really a photo");
  expect(await (await openStore(me)).pending()).toEqual([]);
  tab.close();
});

const STEPS: UploadRequest[] = ["create", "put", "complete"];

test.each(STEPS.flatMap((at) => [[at, "lost"] as const, [at, 503] as const, [at, 429] as const]))(
  "at %s: %s is tried again until it works",
  async (at, fault) => {
    const { clock, network, openTab } = await setUpFor(me);
    const tab = await openChat(openTab);
    network.uploadFaults = [
      { at, fault },
      { at, fault },
    ];
    tab.client.actions.send(ROOM, photo(), PHOTO);
    await clock.advance(100);
    expect(pendingOf(tab)[0]).toMatchObject({ state: "waiting", attempts: 1 });
    await clock.advance(60_000);
    expect(stored(tab)).toEqual(["image"]);
    tab.close();
  },
);

test.each([
  ["create", 415, "unsupported_media"],
  ["create", 413, "payload_too_large"],
  ["complete", 415, "unsupported_media"],
] as const)("at %s: %s is final, keeps the caption, and holds up nothing", async (at, fault, code) => {
  const { clock, network, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  network.uploadFaults = [{ at, fault }];
  const id = tab.client.actions.send(ROOM, photo("look"), PHOTO);
  tab.client.actions.send(ROOM, text("after"));
  await clock.advance(1_000);
  expect(pendingOf(tab)).toMatchObject([{ state: "refused", code, content: { caption: "look" } }]);
  expect(stored(tab)).toEqual(["after"]);
  tab.client.actions.discard(id);
  await clock.advance(10);
  expect(pendingOf(tab)).toEqual([]);
  tab.close();
});

test("a place that keeps breaking is given up in the end, and can be tried again by hand", async () => {
  const { clock, network, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  network.uploadFaults = Array.from({ length: 5 }, () => ({ at: "put" as const, fault: 403 }));
  const id = tab.client.actions.send(ROOM, photo(), PHOTO);
  await clock.advance(10 * 60_000);
  expect(pendingOf(tab)).toMatchObject([{ state: "refused", code: "upload_broken" }]);
  expect(network.uploads.filter((at) => at === "put")).toHaveLength(5);
  tab.client.actions.retry(id);
  await clock.advance(1_000);
  expect(stored(tab)).toEqual(["image"]);
  tab.close();
});

test.each(STEPS)("a tab that is closed at %s loses nothing: the next one begins the upload again", async (at) => {
  const { clock, network, openTab } = await setUpFor(me);
  const first = await openChat(openTab);
  network.uploadFaults = [{ at, fault: "stuck" }];
  const id = first.client.actions.send(ROOM, photo("look"), PHOTO);
  await clock.advance(100);
  expect(network.uploads.at(-1)).toBe(at);
  first.close();
  const second = await openChat(openTab);
  await clock.advance(1_000);
  expect(stored(second)).toEqual(["image look"]);
  expect(network.sent.map(({ clientMsgId }) => clientMsgId)).toEqual([id]);
  second.close();
});

test.each(STEPS)("a leader that is closed at %s leaves the upload to the other tab", async (at) => {
  const { clock, network, openTab } = await setUpFor(me);
  const leader = await openChat(openTab);
  const follower = await openChat(openTab);
  network.uploadFaults = [{ at, fault: "stuck" }];
  follower.client.actions.send(ROOM, photo(), PHOTO);
  await clock.advance(100);
  expect(network.uploads.at(-1)).toBe(at);
  leader.close();
  await clock.advance(60_000);
  expect(stored(follower)).toEqual(["image"]);
  follower.close();
});

test("what is picked offline waits, survives the page, and goes out when there is a network", async () => {
  const { clock, network, openTab, unplug } = await setUpFor(me);
  const first = await openChat(openTab);
  unplug();
  first.client.actions.send(ROOM, photo("look"), PHOTO);
  first.client.actions.send(ROOM, text("after"));
  await clock.advance(60_000);
  expect(network.uploads).toEqual([]);
  first.close();
  const second = await openChat(openTab);
  expect(pendingOf(second)).toMatchObject([{ content: { caption: "look" } }, { content: text("after") }]);
  expect(await pendingOf(second)[0]?.file?.text()).toBe("not really a photo");
  network.down = false;
  await clock.advance(120_000);
  expect(stored(second)).toEqual(["image look", "after"]);
  second.close();
});

test("an upload that is cancelled ends, and the message behind it goes", async () => {
  const { clock, network, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  network.uploadFaults = [{ at: "put", fault: "stuck" }];
  const id = tab.client.actions.send(ROOM, photo(), PHOTO);
  tab.client.actions.send(ROOM, text("after"));
  await clock.advance(100);
  expect(pendingOf(tab)[0]?.upload?.step).toBe("uploading");
  tab.client.actions.discard(id);
  await clock.advance(1_000);
  expect(stored(tab)).toEqual(["after"]);
  expect(await (await openStore(me)).file(id)).toBeUndefined();
  tab.close();
});

test("a file that the server threw away meanwhile goes up again, under the same message", async () => {
  const { clock, network, server, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  network.refusals = [{ code: "unavailable", retry_after_ms: 1_000 }];
  tab.client.actions.send(ROOM, photo(), PHOTO);
  await clock.advance(500);
  expect(pendingOf(tab)).toMatchObject([{ state: "waiting", code: "unavailable" }]);
  server.forgetMedia();
  await clock.advance(60_000);
  expect(stored(tab)).toEqual(["image"]);
  expect(new Set(network.sent.map(({ clientMsgId }) => clientMsgId)).size).toBe(1);
  tab.close();
});

test("a lost receipt sends the message again, not the file", async () => {
  const { clock, network, server, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  network.loseReceipts = network.loseEvents = true;
  tab.client.actions.send(ROOM, photo(), PHOTO);
  await clock.advance(1_000);
  network.loseReceipts = network.loseEvents = false;
  network.cut();
  await clock.advance(60_000);
  expect(stored(tab)).toEqual(["image"]);
  expect(server.heads(me)[ROOM]).toBe(1);
  expect(network.uploads).toEqual(STEPS);
  tab.close();
});

test("a file that cannot be read any more is said to be lost", async () => {
  const { clock, openTab } = await setUpFor(me);
  const tab = await openChat(openTab);
  // Stored without its file, as by a browser that had no room for it.
  tab.client.actions.send(ROOM, photo("look"));
  await clock.advance(1_000);
  expect(pendingOf(tab)).toMatchObject([{ state: "refused", code: "file_lost", content: { caption: "look" } }]);
  tab.close();
});
