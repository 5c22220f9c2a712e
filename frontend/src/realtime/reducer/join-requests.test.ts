import { expect, it } from "vitest";
import type { Entry, User } from "@/api/types";
import { reduce } from ".";
import type { ChatEvent } from "../events";
import { conversation } from "@/testing/chat";
import { initialState, type ChatState } from "../state";

const GROUP = "100";
const TOM: User = { id: "7", username: "Tom", relation: "none" };

const joined = (userId: string): Entry => ({
  conversation_id: GROUP,
  seq: 1,
  id: "1",
  kind: "notice",
  sender_id: "1",
  server_time: "2026-03-01T12:00:00.000Z",
  notice: { type: "joined", user_id: userId, by: "1" },
});

function after(...events: ChatEvent[]): ChatState {
  const start = initialState(0, "1");
  const known: ChatState = {
    ...start,
    conversations: { [GROUP]: conversation({ id: GROUP, kind: "group", name: "Hikers", role: "admin" }) },
    sync: { ...start.sync, positions: { [GROUP]: 0 } },
  };
  return events.reduce<ChatState>((state, event) => reduce(state, event, { now: 0, focused: undefined }).state, known);
}

const asks: ChatEvent = { type: "wire", arrived: true, event: { type: "join_request", group_id: GROUP, user: TOM } };
const enters = (userId: string): ChatEvent => ({
  type: "wire",
  arrived: true,
  event: { type: "entry", conversation_id: GROUP, seq: 1, entry: joined(userId) },
});

it.each([
  ["asks", [asks], ["7"]],
  ["asks twice", [asks, asks], ["7"]],
  ["asks, and another comes in", [asks, enters("8")], ["7"]],
  ["asks and is let in, by whichever admin", [asks, enters("7")], []],
])("somebody %s", (_, events, waiting) => {
  expect(after(...events).joinRequests[GROUP]?.map(({ user }) => user.id)).toEqual(waiting);
});
