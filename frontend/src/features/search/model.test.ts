import { describe, expect, it } from "vitest";
import type { Conversation, Entry, User } from "@/api/types";
import { initialState } from "@/realtime/state";
import { conversation } from "@/testing/chat";
import { dayOf, daysOf, friendsFor, isSearchable, isShown, periodOf, queryOf, startOf, type Hit } from "./model";

const now = new Date("2026-11-24T21:18:00").getTime(); // local time: no zone given

it.each([
  ["lantern", true],
  ["燈", true],
  ["7", true],
  ["🏮", true],
  ["", false],
  ["  ", false],
  ["?! …", false],
])("%s is searchable: %s", (q, searchable) => expect(isSearchable(q)).toBe(searchable));

describe("queryOf", () => {
  it("asks for whole days of the reader's zone", () => {
    const query = queryOf({ q: " lantern ", since: "2026-11-01", until: "2026-11-02", sort: "newest" });
    expect(query).toMatchObject({
      q: "lantern",
      from: new Date("2026-11-01T00:00:00").toISOString(),
      to: new Date("2026-11-02T23:59:59.999").toISOString(),
      sort: "newest",
    });
  });

  it.each([["2026-02-30"], ["yesterday"], ["2026-1-1"], [""]])("leaves %s out, which is no day", (since) => {
    expect(queryOf({ q: "a", since, sort: "newest" }).from).toBeUndefined();
  });
});

describe("periods", () => {
  it.each([
    ["any", undefined],
    ["today", "2026-11-24"],
    ["week", "2026-11-18"],
    ["month", "2026-10-26"],
    ["year", "2026-01-01"],
  ] as const)("%s begins %s", (period, since) => {
    expect(daysOf(period, now).since).toBe(since);
    expect(periodOf(daysOf(period, now), now)).toBe(period);
  });

  it("are none when somebody chose the days", () => {
    expect(periodOf({ since: "2026-11-03" }, now)).toBeUndefined();
    expect(periodOf({ since: "2026-11-24", until: "2026-11-24" }, now)).toBeUndefined();
  });

  it("know a day by its name", () => expect(dayOf(startOf("2026-03-29") ?? new Date(0))).toBe("2026-03-29"));
});

describe("isShown", () => {
  const entry = (extra: Partial<Entry> = {}): Entry => ({
    conversation_id: "100",
    seq: 7,
    id: "7",
    kind: "message",
    sender_id: "5",
    server_time: "2026-11-24T12:00:00.000Z",
    content: { type: "text", text: "lantern" },
    ...extra,
  });
  const state = (chat: Partial<Conversation>, sync: object = {}) => {
    const initial = initialState(0, "1");
    return { conversations: { "100": conversation(chat) }, sync: { ...initial.sync, ...sync } };
  };
  const hit = (extra: Partial<Entry> = {}): Hit => ({ conversation_id: "100", entry: entry(extra), snippet: [] });

  it.each<[string, Hit, ReturnType<typeof state>, boolean]>([
    ["as found", hit(), state({}), true],
    ["of a chat that was left", hit(), state({ state: "left", can_send: false }), true],
    ["unsent since", hit(), state({}, { erased: { "100": { 7: true } } }), false],
    ["another was unsent", hit(), state({}, { erased: { "100": { 8: true } } }), true],
    ["found unsent", hit({ unsent: true }), state({}), false],
    ["of a chat that is gone", { ...hit(), conversation_id: "101" }, state({}), false],
    ["by somebody blocked, in a group", hit(), state({ kind: "group" }, { blocked: { "5": true } }), false],
    ["by somebody blocked, alone", hit(), state({}, { blocked: { "5": true } }), true],
  ])("%s", (_, found, live, shown) => expect(isShown(found, live)).toBe(shown));
});

describe("friendsFor", () => {
  const friends: User[] = [
    { id: "1", username: "Óscar Ibáñez", relation: "friend" },
    { id: "2", username: "Mei-Hua Lin 林美華", introduction: "Lantern shop, ask for Oscar", relation: "friend" },
    { id: "3", username: "Zoë", relation: "friend" },
    { id: "4", username: "oscarina", relation: "friend" },
  ];
  it.each([
    ["oscar", ["1", "4", "2"]],
    ["lin 林", ["2"]],
    ["lantern shop", ["2"]],
    ["zoe", ["3"]],
    ["nobody", []],
    [" ", []],
  ])("%s finds %j", (q, ids) => expect(friendsFor(q, friends, "en").map((friend) => friend.id)).toEqual(ids));
});
