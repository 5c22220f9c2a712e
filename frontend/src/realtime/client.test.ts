import { beforeEach, expect, test } from "vitest";
import { OUTBOX_LIFE_MS } from "./reducer/outbox";
import { RECEIPT_OVERDUE_MS } from "./sender";
import { openStore } from "./store";
import { newUser, OTHER_ROOM, ROOM, setUpFor, type Tab } from "./testing/device";

let me: string;
beforeEach(() => {
  me = newUser();
});

const setUp = () => setUpFor(me);

const text = (value: string) => ({ type: "text" as const, text: value });

/** What a view shows of a conversation: confirmed entries, then what waits. */
function screen({ client }: Tab, id = ROOM): string[] {
  const { timelines, outbox } = client.store.getState();
  const items = timelines[id]?.items ?? [];
  return [
    ...items.map((item) => {
      if (item.type === "gap") return "gap";
      const { content, unsent } = item.entry;
      return unsent ? "unsent" : content?.type === "text" ? content.text : item.entry.kind;
    }),
    ...(outbox[id] ?? []).map(
      (item) => `${item.content.type === "text" ? String(item.content["text"]) : ""} [${item.state}]`,
    ),
  ];
}

test("a sent message is on screen at once and, confirmed, exactly once", async () => {
  const { clock, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  tab.client.actions.send(ROOM, text("hello"));
  expect(screen(tab)).toEqual(["hello [waiting]"]);
  await clock.advance(10);
  expect(screen(tab)).toEqual(["hello"]);
});

test("a lost receipt makes the message unknown; the same id is sent again and stored once", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  network.loseReceipts = true;
  network.loseEvents = true;
  tab.client.actions.send(ROOM, text("hello"));
  await clock.advance(10);
  expect(screen(tab)).toEqual(["hello [sending]"]);
  network.down = true;
  network.cut();
  await clock.advance(10);
  expect(screen(tab)).toEqual(["hello [unknown]"]);
  network.down = network.loseReceipts = network.loseEvents = false;
  await clock.advance(60_000);
  expect(screen(tab)).toEqual(["hello"]);
  expect(server.heads(me)[ROOM]).toBe(1);
});

test("a message whose receipt is overdue goes again on a new socket", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  network.loseReceipts = true;
  network.loseEvents = true;
  tab.client.actions.send(ROOM, text("hello"));
  await clock.advance(10);
  network.loseReceipts = network.loseEvents = false;
  await clock.advance(RECEIPT_OVERDUE_MS + 10_000);
  expect(network.connections).toBe(2);
  expect(tab.client.store.getState().outbox).toEqual({});
  expect(server.heads(me)[ROOM]).toBe(1);
});

test.each([
  ["rate_limited", 3_000, "waiting"],
  ["unavailable", 3_000, "waiting"],
  ["storage_full", 3_000, "waiting"],
  ["unauthenticated", 3_000, "waiting"],
])("%s is tried again, and the order of writing is kept", async (code, retry_after_ms, state) => {
  const { clock, network, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  network.refusals = [{ code, retry_after_ms }];
  tab.client.actions.send(ROOM, text("one"));
  tab.client.actions.send(ROOM, text("two"));
  await clock.advance(10);
  expect(screen(tab)).toEqual([`one [${state}]`, "two [waiting]"]);
  expect(network.tokens).toEqual(code === "unauthenticated" ? ["token-2"] : []);
  await clock.advance(retry_after_ms);
  expect(screen(tab)).toEqual(["one", "two"]);
});

test.each(["not_friends", "not_member", "blocked_by_you", "id_reused", "validation_failed", "payload_too_large"])(
  "%s is final: the message stays with its reason and the next one goes",
  async (code) => {
    const { clock, network, openTab } = await setUp();
    const tab = await openTab();
    await tab.client.actions.openConversation(ROOM);
    network.refusals = [{ code, detail: "why" }];
    const id = tab.client.actions.send(ROOM, text("one"));
    tab.client.actions.send(ROOM, text("two"));
    await clock.advance(100_000);
    expect(screen(tab)).toEqual(["two", "one [refused]"]);
    expect(tab.client.store.getState().outbox[ROOM]?.[0]).toMatchObject({ code, detail: "why" });
    tab.client.actions.discard(id);
    expect(screen(tab)).toEqual(["two"]);
  },
);

test("one message is in flight per conversation, and conversations do not wait for one another", async () => {
  const { clock, network, openTab } = await setUp();
  const tab = await openTab();
  network.loseReceipts = true;
  network.loseEvents = true;
  tab.client.actions.send(ROOM, text("one"));
  tab.client.actions.send(ROOM, text("two"));
  tab.client.actions.send(OTHER_ROOM, text("three"));
  await clock.advance(10);
  expect(network.sent.map(({ conversationId }) => conversationId)).toEqual([ROOM, OTHER_ROOM]);
});

test("what was written offline survives a restart and goes out in order", async () => {
  const { clock, network, openTab } = await setUp();
  const first = await openTab();
  network.down = true;
  network.cut();
  await clock.advance(0);
  first.client.actions.send(ROOM, text("one"));
  await clock.advance(1);
  first.client.actions.send(ROOM, text("two"));
  await clock.advance(10);
  first.close();
  network.down = false;
  const second = await openTab();
  await second.client.actions.openConversation(ROOM);
  await clock.advance(10);
  expect(screen(second)).toEqual(["one", "two"]);
});

test("after 7 days the author is asked, and the same id goes when they say so", async () => {
  const { clock, network, openTab } = await setUp();
  const tab = await openTab();
  network.refusals = Array.from({ length: 9 }, () => ({ code: "unavailable", retry_after_ms: OUTBOX_LIFE_MS / 8 }));
  const id = tab.client.actions.send(ROOM, text("late"));
  await clock.advance(OUTBOX_LIFE_MS);
  expect(screen(tab)).toEqual(["late [expired]"]);
  network.refusals = [];
  tab.client.actions.retry(id);
  await clock.advance(10);
  expect(tab.client.store.getState().outbox).toEqual({});
  expect(new Set(network.sent.map(({ clientMsgId }) => clientMsgId))).toEqual(new Set([id]));
});

test("tabs show the same, the leader sends for them, and a follower takes over", async () => {
  const { clock, network, server, openTab } = await setUp();
  const first = await openTab();
  const second = await openTab();
  expect([first.tabs.leader, second.tabs.leader]).toEqual([true, false]);
  expect(network.connections).toBe(1);
  await first.client.actions.openConversation(ROOM);
  await second.client.actions.openConversation(ROOM);
  second.client.actions.send(ROOM, text("from the follower"));
  expect(screen(second)).toEqual(["from the follower [waiting]"]);
  await clock.advance(10);
  server.send("2", ROOM, "a", text("answer"));
  await clock.advance(10);
  expect(screen(first)).toEqual(["from the follower", "answer"]);
  expect(screen(second)).toEqual(screen(first));
  first.close();
  await clock.advance(10);
  expect(second.client.store.getState().connection).toMatchObject({ phase: "live", leader: true });
  server.send("2", ROOM, "b", text("still here"));
  await clock.advance(10);
  expect(screen(second)).toEqual(["from the follower", "answer", "still here"]);
});

test("a message given to a leader that never wakes again goes out by the next one", async () => {
  const { clock, browser, openTab } = await setUp();
  const first = await openTab();
  const second = await openTab();
  await second.client.actions.openConversation(ROOM);
  browser.frozen.add(first.tabs.id);
  second.client.actions.send(ROOM, text("hello"));
  await clock.advance(3_000);
  expect(second.tabs.leader).toBe(true);
  expect(screen(second)).toEqual(["hello"]);
});

test("a network that goes is told at once, not when the socket's silence grows long", async () => {
  const { clock, network, openTab, unplug } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  unplug();
  await clock.advance(0);
  expect(tab.client.store.getState().connection.phase).toBe("offline");
  tab.client.actions.send(ROOM, text("later"));
  await clock.advance(10);
  expect(screen(tab)).toEqual(["later [waiting]"]);
  network.down = false;
  await clock.advance(60_000);
  expect(tab.client.store.getState().connection.phase).toBe("live");
  expect(screen(tab)).toEqual(["later"]);
});

test("somebody whose first words arrive live is named", async () => {
  const { clock, server, openTab } = await setUp();
  const tab = await openTab();
  const second = await openTab();
  server.createRoom("502", [me, "9"]);
  server.send("9", "502", "m1", text("hello"));
  await clock.advance(1_000);
  for (const { client } of [tab, second]) expect(client.store.getState().users["9"]?.username).toBeTruthy();
});

test("a draft goes to the server at once when the page is left", async () => {
  const { network, clock, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  tab.client.actions.saveDraft(ROOM, { text: "a" });
  await clock.advance(10);
  tab.client.actions.saveDraft(ROOM, { text: "ab" });
  await clock.advance(10);
  expect(network.drafts).toEqual(["a"]);
  tab.client.actions.saveDraft(ROOM, { text: "abc" }, "leaving");
  await clock.advance(10);
  expect(network.drafts).toEqual(["a", "abc"]);
});

test("lost events show in the next heads and are fetched", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  network.loseEvents = true;
  for (let i = 1; i <= 25; i += 1) server.send("2", ROOM, `m${i}`, text(`m${i}`));
  await clock.advance(10);
  network.loseEvents = false;
  server.publishTo(me, { type: "heads", heads: server.heads(me), user_seq: 0 });
  await clock.advance(500);
  expect(screen(tab)).toEqual(Array.from({ length: 25 }, (_, i) => `m${i + 1}`));
  expect(tab.client.store.getState().conversations[ROOM]?.unread).toBe(25);
});

test("an unsend takes the text away from timeline, list, toast and store", async () => {
  const { clock, server, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  server.send("2", ROOM, "m1", text("secret"));
  await clock.advance(10);
  expect(tab.client.store.getState().toasts).toHaveLength(1);
  server.unsend("2", ROOM, 1);
  await clock.advance(10);
  const state = tab.client.store.getState();
  expect(screen(tab)).toEqual(["unsent"]);
  expect(state.toasts).toEqual([]);
  expect(state.conversations[ROOM]).toMatchObject({ unread: 0, last_entry: { unsent: true } });
  expect(JSON.stringify(state)).not.toContain("secret");
  const stored = await (await openStore(me)).newest(ROOM, 50);
  expect(JSON.stringify(stored)).not.toContain("secret");
});

test("what arrives in the window that somebody looks at is announced in no other one", async () => {
  const { clock, server, openTab } = await setUp();
  const leader = await openTab();
  const reader = await openTab({ focused: true });
  await reader.client.actions.openConversation(ROOM);
  server.send("2", ROOM, "m1", text("here"));
  server.send("2", OTHER_ROOM, "m2", text("there"));
  await clock.advance(10);
  for (const { client } of [leader, reader]) {
    const { toasts, conversations } = client.store.getState();
    expect(toasts.map((toast) => toast.text)).toEqual(["there"]);
    // Seen is what was scrolled to, which a view tells.
    expect(conversations[ROOM]?.unread).toBe(1);
  }
  expect(reader.client.store.getState().announcements).toHaveLength(1);
});

test("own unsend is marked while it is on its way", async () => {
  const { clock, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  tab.client.actions.send(ROOM, text("oops"));
  await clock.advance(10);
  const done = tab.client.actions.unsend(ROOM, 1);
  expect(tab.client.store.getState().unsending).toEqual({ [`${ROOM}:1`]: true });
  await done;
  await clock.advance(10);
  expect(tab.client.store.getState().unsending).toEqual({});
  expect(screen(tab)).toEqual(["unsent"]);
});

test("another epoch drops cached timelines and keeps the outbox", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  await tab.client.actions.openConversation(ROOM);
  for (let i = 1; i <= 5; i += 1) server.send("2", ROOM, `m${i}`, text(`old ${i}`));
  await clock.advance(10);
  network.down = true;
  network.cut();
  tab.client.actions.send(ROOM, text("mine"));
  server.restoreBackup(ROOM, 2);
  server.send("2", ROOM, "n3", text("new 3"));
  network.down = false;
  await clock.advance(60_000);
  expect(screen(tab)).toEqual(["old 1", "old 2", "new 3", "mine"]);
});

test("read markers are coalesced and sent again when the server has not heard of them", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  for (let i = 1; i <= 5; i += 1) server.send("2", ROOM, `m${i}`, text(`m${i}`));
  await clock.advance(10);
  for (let seq = 1; seq <= 4; seq += 1) tab.client.actions.markViewed(ROOM, seq);
  await clock.advance(2_000);
  expect(network.reads.map(({ seq }) => seq)).toEqual([1, 4]);
  network.down = true;
  network.cut();
  await clock.advance(0);
  tab.client.actions.markViewed(ROOM, 5);
  expect(tab.client.store.getState().conversations[ROOM]?.unread).toBe(0);
  network.down = false;
  await clock.advance(60_000);
  expect(server.view(me, ROOM)).toMatchObject({ read_seq: 5, unread: 0 });
});

test("markers of many conversations at once keep to the server's limit, and all arrive", async () => {
  const { clock, network, server, openTab } = await setUp();
  const rooms = ["600", "601", "602", "603"];
  for (const room of rooms) server.createRoom(room, [me, "2"]);
  const tab = await openTab();
  for (const room of rooms) server.send("2", room, `m${room}`, text("hello"));
  await clock.advance(10);
  for (const room of rooms) tab.client.actions.markViewed(room, 1);
  await clock.advance(2_000);
  expect(network.refused).toEqual([]);
  expect(network.reads.map(({ conversationId }) => conversationId)).toEqual(rooms);
});

test("a refused marker goes again when the server will take it", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  server.send("2", ROOM, "m1", text("hello"));
  await clock.advance(10);
  // Another device of the same user takes what the limit allows.
  for (let i = 0; i < 2; i += 1) server.markRead(me, OTHER_ROOM, 0);
  tab.client.actions.markViewed(ROOM, 1);
  await clock.advance(400);
  expect([network.refused, server.view(me, ROOM).unread]).toEqual([[ROOM], 1]);
  await clock.advance(100);
  expect(server.view(me, ROOM).unread).toBe(0);
});

test("a marker that a dead socket swallowed goes again on the next one", async () => {
  const { clock, network, server, openTab } = await setUp();
  const tab = await openTab();
  server.send("2", ROOM, "m1", text("hello"));
  await clock.advance(10);
  network.down = true;
  tab.client.actions.markViewed(ROOM, 1);
  await clock.advance(5_000);
  network.cut();
  network.down = false;
  await clock.advance(60_000);
  expect(server.view(me, ROOM)).toMatchObject({ read_seq: 1, unread: 0 });
});

test("a marker that was lost with its page is told by the next one", async () => {
  const { clock, network, server, openTab } = await setUp();
  const first = await openTab();
  server.send("2", ROOM, "m1", text("hello"));
  await clock.advance(10);
  network.down = true;
  first.client.actions.markViewed(ROOM, 1);
  await clock.advance(10);
  first.close();
  network.down = false;
  const second = await openTab();
  await clock.advance(10);
  expect(second.client.store.getState().conversations[ROOM]?.unread).toBe(0);
  expect(server.view(me, ROOM)).toMatchObject({ read_seq: 1, unread: 0 });
});

test("a kicked member keeps the conversation read-only", async () => {
  const { clock, server, openTab } = await setUp();
  const tab = await openTab();
  server.kick(me, ROOM);
  await clock.advance(1_000);
  expect(tab.client.store.getState().conversations[ROOM]).toMatchObject({
    state: "kicked",
    can_send: false,
    unread: 0,
  });
});

test("signing out asks about unsent messages, then wipes the store", async () => {
  const { clock, network, openTab, signedOut } = await setUp();
  const tab = await openTab();
  network.down = true;
  network.cut();
  await clock.advance(0);
  tab.client.actions.send(ROOM, text("unsent"));
  await clock.advance(10);
  expect(await tab.client.actions.signOut()).toEqual({ blockedByOutbox: 1 });
  expect(signedOut()).toBe(false);
  expect(await tab.client.actions.signOut({ force: true })).toEqual({});
  expect(signedOut()).toBe(true);
  const emptied = await (await openStore(me)).load();
  expect([emptied.outbox, emptied.conversations]).toEqual([[], []]);
});

test("history is read from the store without the network", async () => {
  const { clock, network, server, openTab } = await setUp();
  const first = await openTab();
  await first.client.actions.openConversation(ROOM);
  for (let i = 1; i <= 5; i += 1) server.send("2", ROOM, `m${i}`, text(`m${i}`));
  await clock.advance(10);
  first.close();
  network.down = true;
  const second = await openTab();
  await second.client.actions.openConversation(ROOM);
  expect(second.client.store.getState().ready).toBe(true);
  expect(screen(second)).toEqual(["m1", "m2", "m3", "m4", "m5"]);
});

test("a live answer to a message that is not loaded brings it, here and offline later; one loaded asks nothing", async () => {
  const { clock, network, server, openTab } = await setUp();
  for (let i = 1; i <= 60; i += 1) server.send("2", ROOM, `m${i}`, text(`m${i}`));
  const first = await openTab();
  await first.client.actions.openConversation(ROOM);
  await clock.advance(1_000);
  server.send("2", ROOM, "a1", { ...text("to the first"), reply_to: 1 });
  server.send("2", ROOM, "a2", { ...text("to the last"), reply_to: 60 });
  await clock.advance(1_000);
  const quotedBy = (tab: Tab) => Object.keys(tab.client.store.getState().timelines[ROOM]?.quoted ?? {});
  expect(quotedBy(first)).toEqual(["1"]);
  await clock.advance(1_000);
  first.close();
  network.down = true;
  const second = await openTab();
  await second.client.actions.openConversation(ROOM);
  expect(quotedBy(second)).toEqual(["1"]);
});

test("what is far from the view goes from memory and comes back from the store, in both directions", async () => {
  const { clock, network, server, openTab } = await setUp();
  for (let i = 1; i <= 300; i += 1) server.send("2", ROOM, `m${i}`, text(`m${i}`));
  const { client } = await openTab();
  const ranges = () => client.store.getState().timelines[ROOM]?.ranges;
  await client.actions.openConversation(ROOM);
  await clock.advance(1_000);
  while ((ranges()?.[0]?.[0] ?? 0) > 1) {
    client.actions.loadOlder(ROOM);
    await clock.advance(100);
  }
  client.actions.trim(ROOM, 150, [140, 160]);
  expect(ranges()).toEqual([
    [140, 160],
    [251, 300],
  ]);
  network.down = true;
  client.actions.loadGap(ROOM, 160, "newer");
  client.actions.loadOlder(ROOM);
  await clock.advance(100);
  expect(ranges()).toEqual([
    [90, 210],
    [251, 300],
  ]);
  client.actions.closeConversation(ROOM);
  expect(ranges()).toEqual([[251, 300]]);
});

test("the end of a session by a wish for deletion is none: nothing is wiped, the page waits", async () => {
  const { clock, server, openTab, signedOut } = await setUp();
  const tab = await openTab();
  tab.client.actions.send(ROOM, text("hello"));
  await clock.advance(10);
  server.tell(me, { type: "session", action: "deleting", until: "2026-12-13T00:00:00.000Z" });
  await clock.advance(10);
  const { me: profile, session, conversations } = tab.client.store.getState();
  expect(profile?.deletes_at).toBe("2026-12-13T00:00:00.000Z");
  expect([session.ended, signedOut(), Object.keys(conversations).length]).toEqual([undefined, false, 2]);
  tab.close();
});

test("an account that waits for its deletion has no socket, in no tab, until it is restored", async () => {
  const { clock, server, network, openTab } = await setUp();
  const [leader, follower] = [await openTab(), await openTab()];
  server.leaving.set(me, "2026-12-13T00:00:00.000Z");
  network.cut();
  await clock.advance(60_000);
  const deletesAt = () => [leader, follower].map(({ client }) => client.store.getState().me?.deletes_at);
  expect(deletesAt()).toEqual(["2026-12-13T00:00:00.000Z", "2026-12-13T00:00:00.000Z"]);
  const before = network.connections;
  await clock.advance(3_600_000);
  expect(network.connections).toBe(before);

  server.leaving.delete(me);
  await follower.client.actions.refreshProfile();
  await clock.advance(0);
  expect(deletesAt()).toEqual([undefined, undefined]);
  expect(network.connections).toBe(before + 1);
  expect(leader.client.store.getState().connection.phase).toBe("live");
  for (const tab of [leader, follower]) tab.close();
});

test("the journey of a message is kept on this device when it has arrived, its trace id included", async () => {
  const { clock, network, openTab } = await setUp();
  const leader = await openTab();
  const follower = await openTab();
  const journey = async (id: string) => (await follower.client.actions.journeyOf(id))?.steps ?? [];
  // Here the entry itself comes before the receipt.
  const first = follower.client.actions.send(ROOM, text("hello"));
  await clock.advance(10);
  expect((await journey(first)).map(({ what }) => what)).toEqual(["queued", "sending", "accepted"]);
  expect((await journey(first)).at(-1)?.traceId).toBe(`trace-${first}`);

  network.loseReceipts = true;
  network.loseEvents = true;
  const second = follower.client.actions.send(ROOM, text("again"));
  while (network.sent.length < 2) await clock.advance(10);
  await clock.advance(10);
  network.loseReceipts = false;
  network.loseEvents = false;
  network.cut();
  await clock.advance(60_000);
  expect((await journey(second)).map(({ what }) => what)).toEqual(["queued", "sending", "interrupted"]);
  for (const tab of [leader, follower]) tab.close();
});

test("text that gives way to other text is kept: ten of a conversation, for a week", async () => {
  const { clock, openTab } = await setUp();
  const tab = await openTab();
  const { actions } = tab.client;
  const earlier = async () => (await actions.earlierDrafts(ROOM)).map((draft) => draft.text);
  for (const typed of ["Dear", "Dear Bea", "Dear Bea, about Thursday", "Dear Bea, about", "", "Hi"]) {
    actions.saveDraft(ROOM, typed === "" ? null : { text: typed });
    await clock.advance(1_000);
  }
  expect(await earlier()).toEqual(["Dear Bea, about Thursday"]);

  actions.send(ROOM, text("Hi"));
  actions.saveDraft(ROOM, null, "sent");
  await clock.advance(1_000);
  expect(await earlier()).toEqual(["Dear Bea, about Thursday"]);

  for (let number = 1; number <= 12; number += 1) {
    actions.saveDraft(ROOM, { text: `${String(number).repeat(9)} thoughts` });
    actions.saveDraft(ROOM, null);
    await clock.advance(1_000);
  }
  expect(await earlier()).toHaveLength(10);
  expect((await earlier())[0]).toBe("121212121212121212 thoughts");
  expect(await actions.earlierDrafts(OTHER_ROOM)).toEqual([]);
  await clock.advance(8 * 24 * 3_600_000);
  expect(await earlier()).toEqual([]);
  tab.close();
});

test("of two drafts that met, the one that was not chosen is kept too", async () => {
  const { clock, openTab } = await setUp();
  const tab = await openTab();
  const { actions, applyLocal } = tab.client;
  actions.saveDraft(ROOM, { text: "written here" });
  applyLocal({ type: "draft", conversationId: ROOM, draft: { ...THEIRS, text: "written here", dirty: true } });
  actions.resolveDraft(ROOM, "theirs");
  await clock.advance(10);
  expect((await actions.earlierDrafts(ROOM)).map((draft) => draft.text)).toEqual(["written here"]);
  expect(tab.client.store.getState().drafts[ROOM]?.text).toBe("written there");
  tab.close();
});

const THEIRS = { version: 1, conflict: { text: "written there", version: 2 } };

test("what was being written when the page went is there again, though neither store nor server got it", async () => {
  const { clock, network, openTab } = await setUp();
  const tab = await openTab();
  tab.client.actions.saveDraft(ROOM, { text: "Half a" });
  await clock.advance(10);
  network.down = true;
  const before = await openStoreOf();
  tab.client.actions.saveDraft(ROOM, { text: "Half a word" }, "leaving");
  tab.close();
  await clock.advance(10);
  // The transaction of a page that goes is not finished.
  await before();
  network.down = false;

  const next = await openTab();
  expect(next.client.store.getState().drafts[ROOM]).toMatchObject({ text: "Half a word" });
  await clock.advance(10_000);
  expect(network.drafts.at(-1)).toBe("Half a word");
  expect(next.client.store.getState().drafts[ROOM]?.conflict).toBeUndefined();

  // A tab that was only hidden for a while, and whose words became a message, brings nothing back.
  next.client.actions.saveDraft(ROOM, { text: "Half a word more" }, "leaving");
  next.client.actions.saveDraft(ROOM, null, "sent");
  await clock.advance(10_000);
  next.close();
  const last = await openTab();
  expect(last.client.store.getState().drafts[ROOM]).toBeUndefined();
  last.close();
});

/** Puts the stored draft back to what it is now. */
async function openStoreOf(): Promise<() => Promise<void>> {
  const store = await openStore(me);
  const { drafts } = await store.load();
  return () => store.commit({ putDrafts: drafts });
}
