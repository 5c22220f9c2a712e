import { expect, test } from "vitest";
import type { Conversation, SyncAnswer, WireEvent } from "@/api/types";
import type { ChatEvent } from "../events";
import { initialState, type ChatState } from "../state";
import { reduce } from ".";

const group = (id: string, part: Partial<Conversation> = {}) =>
  ({ id, kind: "group", state: "active", last_seq: 9, read_seq: 4, unread: 3, ...part }) as Conversation;

function start(blocked: string[] = []): ChatState {
  const state = initialState(0, "1");
  return {
    ...state,
    conversations: {
      unread: group("unread"),
      // Whatever is unread here is by people who are blocked.
      silent: group("silent", { unread: 0 }),
      read: group("read", { read_seq: 9, unread: 0 }),
      direct: group("direct", { kind: "direct" }),
    },
    sync: { ...state.sync, blocked: Object.fromEntries(blocked.map((id) => [id, true as const])) },
  };
}

function step(state: ChatState, event: ChatEvent) {
  const { state: next, effects } = reduce(state, event, { now: 0 });
  const asked = effects.flatMap((effect) => (effect.type === "refresh" ? [effect.conversationId] : []));
  return { blocked: Object.keys(next.sync.blocked), asked };
}

const block = (user_id: string, blocked: boolean): WireEvent => ({ type: "block", user_id, blocked, user_seq: 1 });

test.each<[string, string[], WireEvent, string[], string[]]>([
  ["the first block", [], block("5", true), ["5"], ["unread", "silent"]],
  ["another block keeps the others", ["5"], block("6", true), ["5", "6"], ["unread", "silent"]],
  ["a block that is known", ["5"], block("5", true), ["5"], []],
  ["an unblock counts again what was silent", ["5", "6"], block("5", false), ["6"], ["unread", "silent"]],
  ["an unblock of nobody", ["6"], block("5", false), ["6"], []],
])("%s", (_name, before, event, blocked, asked) => {
  expect(step(start(before), { type: "wire", event, arrived: true })).toEqual({ blocked, asked });
});

test("blocks of other devices come with /sync", () => {
  const answer = {
    epoch: "e",
    server_time: "2026-11-24T12:00:00.000Z",
    users: [],
    quoted: [],
    conversations: [],
    removed: [],
    markers: {},
    user_events: [block("5", true), block("6", true), block("5", false)],
    user_events_complete: true,
    user_seq: 3,
    reload: false,
  } as SyncAnswer;
  const { blocked } = step(start(), { type: "sync", asked: { unread: 9 }, answer, at: 0 });
  expect(blocked).toEqual(["6"]);
});
