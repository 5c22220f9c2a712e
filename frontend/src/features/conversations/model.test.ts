// @vitest-environment node
import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Content, Conversation, Entry } from "@/api/types";
import type { People } from "@/chat/names";
import en from "@/i18n/en.json";
import type { PendingMessage } from "@/realtime/state";
import { freezeOrder, matchesFilter, orderOf, peekOf, unreadTotal, type PeekFacts } from "./model";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } } }));

const people = {
  me: { id: "1", username: "Lena Hartmann", relation: "self" },
  friends: { 5: { id: "5", username: "Amara Okafor", relation: "friend" } },
  users: {},
} as unknown as People;

const entry = (part: Partial<Entry> = {}): Entry => ({
  conversation_id: "100",
  seq: 9,
  id: "9",
  kind: "message",
  sender_id: "5",
  server_time: "2026-11-24T12:00:00.000Z",
  content: { type: "text", text: "see\n you" },
  ...part,
});

const direct = { id: "100", kind: "direct", unread: 0, pinned: false, last_entry: entry() } as Conversation;
const group = { ...direct, kind: "group" } as Conversation;

const pending = (state: PendingMessage["state"]) =>
  ({ state, content: { type: "text", text: "on its way" }, createdAt: 0 }) as PendingMessage;

describe("peekOf", () => {
  it.each<[string, Omit<PeekFacts, "people" | "blocked"> & Partial<PeekFacts>, object]>([
    [
      "typing before all",
      { conversation: group, typing: [{ userId: "5" }], pending: [pending("refused")], draft: { text: "d" } },
      { kind: "typing", names: ["Amara Okafor"] },
    ],
    [
      "typing in a direct chat needs no name",
      { conversation: direct, typing: [{ userId: "5" }] },
      { kind: "typing", names: [] },
    ],
    [
      "not sent before the draft",
      { conversation: direct, pending: [pending("expired")], draft: { text: "d" } },
      { kind: "failed", text: "on its way" },
    ],
    [
      "the draft before what waits",
      { conversation: direct, pending: [pending("sending")], draft: { text: " d " } },
      { kind: "draft", text: "d" },
    ],
    ["a blank draft is none", { conversation: direct, draft: { text: "  " } }, { kind: "other", text: "see you" }],
    ["waiting", { conversation: direct, pending: [pending("unknown")] }, { kind: "waiting", text: "on its way" }],
    ["the sender in a group", { conversation: group }, { kind: "other", who: "Amara", text: "see you" }],
    [
      "the words of somebody blocked are folded in a group",
      { conversation: group, blocked: { 5: true } },
      { kind: "notice", text: "Message from someone you blocked." },
    ],
    ["and not in a direct chat", { conversation: direct, blocked: { 5: true } }, { kind: "other", text: "see you" }],
    [
      "own, sent",
      { conversation: { ...direct, last_entry: entry({ sender_id: "1" }) } },
      { kind: "own", tick: "check", text: "see you" },
    ],
    [
      "own, read",
      { conversation: { ...direct, peer_read_seq: 9, last_entry: entry({ sender_id: "1" }) } },
      { kind: "own", tick: "checks", text: "see you" },
    ],
    [
      "a kind of message that came after this version",
      {
        conversation: {
          ...direct,
          last_entry: entry({ content: { type: "poll" } as unknown as Content }),
        },
      },
      { kind: "other", icon: "question", text: "This version can’t show this message" },
    ],
    ["unsent", { conversation: { ...direct, last_entry: entry({ unsent: true, content: null }) } }, { kind: "unsent" }],
    [
      "a notice",
      {
        conversation: {
          ...group,
          last_entry: entry({ kind: "notice", content: null, notice: { type: "left", user_id: "5", by: "5" } }),
        },
      },
      { kind: "notice", text: "Amara Okafor left the group" },
    ],
    ["nothing yet", { conversation: { ...direct, last_entry: null } }, { kind: "none" }],
  ])("%s", (_, facts, peek) => expect(peekOf({ blocked: {}, ...facts, people }, i18next.t)).toMatchObject(peek));
});

const at = (id: string, minute: number, part: Partial<Conversation> = {}): Conversation => ({
  ...direct,
  id,
  last_entry: entry({ server_time: `2026-11-24T12:${String(minute).padStart(2, "0")}:00.000Z` }),
  ...part,
});

describe("orderOf", () => {
  it.each<[string, Conversation[], string[]]>([
    ["newest first", [at("a", 1), at("b", 3), at("c", 2)], ["b", "c", "a"]],
    ["pinned before", [at("a", 1, { pinned: true }), at("b", 3)], ["a", "b"]],
    ["ties by id", [at("a", 1), at("b", 1)], ["b", "a"]],
    ["empty last", [at("a", 1, { last_entry: null }), at("b", 0)], ["b", "a"]],
  ])("%s", (_, conversations, order) => expect(orderOf(conversations, {})).toEqual(order));

  it("counts what is on its way as activity", () => {
    const waiting = { ...pending("waiting"), createdAt: Date.parse("2026-11-24T13:00:00.000Z") };
    expect(orderOf([at("a", 1), at("b", 2)], { a: [waiting] })).toEqual(["a", "b"]);
  });
});

describe("freezeOrder", () => {
  it.each<[string[], string[], string[]]>([
    [
      ["a", "b", "c"],
      ["c", "a", "b"],
      ["a", "b", "c"],
    ],
    [
      ["a", "b"],
      ["n", "b", "a"],
      ["n", "a", "b"],
    ],
    [
      ["a", "b", "c"],
      ["c", "a"],
      ["a", "c"],
    ],
    [[], ["a"], ["a"]],
  ])("%j then %j", (shown, current, order) => expect(freezeOrder(shown, current)).toEqual(order));
});

it("leaves muted chats out of the total", () => {
  const now = Date.parse("2026-11-24T12:00:00.000Z");
  const chats = [
    at("a", 1, { unread: 3 }),
    at("b", 1, { unread: 5, muted_until: "9999-12-31T00:00:00.000Z" }),
    at("c", 1, { unread: 7, muted_until: "2026-11-24T11:59:59.000Z" }),
  ];
  expect(unreadTotal(chats, now)).toBe(10);
});

it.each([
  ["all", direct, true],
  ["unread", direct, false],
  ["unread", { ...direct, unread: 1 }, true],
  ["groups", direct, false],
  ["groups", group, true],
  ["direct", group, false],
] as const)("filter %s", (filter, conversation, matches) => expect(matchesFilter(conversation, filter)).toBe(matches));
