// @vitest-environment node
import { expect, it } from "vitest";
import type { Conversation, Entry, WireEvent } from "@/api/types";
import { initialState, type ChatState } from "../state";
import { reduce } from ".";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const CLOCK = { now: NOW, focused: undefined };

const group = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  id,
  kind: "group",
  name: `Group ${id}`,
  member_count: 3,
  encrypted: false,
  last_seq: 0,
  read_seq: 0,
  unread: 0,
  pinned: false,
  can_send: true,
  state: "active",
  members_version: 1,
  ...more,
});

const entry = (conversation_id: string, sender_id: string): Entry => ({
  conversation_id,
  seq: 1,
  id: `9${conversation_id}`,
  kind: "message",
  sender_id,
  server_time: "2026-03-01T12:00:00.000Z",
  content: { type: "text", text: "Hello" },
});

/** A message of "5" in "100", one of "6" in "200": a toast each. */
function withToasts(): ChatState {
  const events: WireEvent[] = [
    { type: "conversation", conversation: group("100") },
    { type: "conversation", conversation: group("200") },
    { type: "entry", conversation_id: "100", seq: 1, entry: entry("100", "5") },
    { type: "entry", conversation_id: "200", seq: 1, entry: entry("200", "6") },
  ];
  return events.reduce(take, initialState(NOW, "1"));
}

const take = (state: ChatState, event: WireEvent) => reduce(state, { type: "wire", event, arrived: true }, CLOCK).state;

const muted = (until: string): WireEvent => ({
  type: "conversation",
  conversation: group("100", { last_seq: 1, unread: 1, muted_until: until }),
});

it.each<[string, WireEvent, string[]]>([
  ["their chat is muted", muted("9999-12-31T00:00:00.000Z"), ["200"]],
  ["not when a mute is over", muted("2026-03-01T11:00:00.000Z"), ["100", "200"]],
  ["their sender is blocked", { type: "block", user_id: "6", blocked: true }, ["100"]],
  ["not when somebody else is", { type: "block", user_id: "7", blocked: true }, ["100", "200"]],
])("toasts close when %s", (_, event, left) => {
  const before = withToasts();
  expect(before.toasts.map((toast) => toast.conversationId)).toEqual(["100", "200"]);
  expect(take(before, event).toasts.map((toast) => toast.conversationId)).toEqual(left);
});

it("a chat has one toast, with its newest message", () => {
  const next = { ...entry("100", "5"), seq: 2, id: "9101", content: { type: "text", text: "And again" } as const };
  const state = take(withToasts(), { type: "entry", conversation_id: "100", seq: 2, entry: next });
  expect(state.toasts.map(({ conversationId, text }) => [conversationId, text])).toEqual([
    ["200", "Hello"],
    ["100", "And again"],
  ]);
});

it("names who types in the order in which they began, and each until six seconds after their last word", () => {
  const types = (state: ChatState, user_id: string, at: number) =>
    reduce(
      state,
      { type: "wire", event: { type: "typing", conversation_id: "100", user_id }, arrived: true },
      { now: NOW + at, focused: undefined },
    ).state;
  let state = take(initialState(NOW, "1"), { type: "conversation", conversation: group("100") });
  for (const [user, at] of [
    ["5", 0],
    ["6", 1_000],
    ["5", 3_000],
  ] as const)
    state = types(state, user, at);
  expect(state.typing["100"]).toEqual([
    { userId: "5", until: NOW + 9_000 },
    { userId: "6", until: NOW + 7_000 },
  ]);
});
