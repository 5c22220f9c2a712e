import { expect, test } from "vitest";
import type { User, WireEvent } from "@/api/types";
import { initialState } from "../state";
import { reduce } from ".";

const BEN: User = { id: "5", username: "Ben", relation: "none" };
const NOON = Date.parse("2026-11-24T12:00:00.000Z");

test("somebody who asks to join again is news again, and is named once", () => {
  const asks = (user_seq: number): WireEvent => ({ type: "join_request", group_id: "9", user: BEN, user_seq });
  const wire = (event: WireEvent) => ({ type: "wire", event, arrived: true }) as const;
  const first = reduce(initialState(0, "1"), wire(asks(1)), { now: NOON }).state;
  const again = reduce(first, wire(asks(2)), { now: NOON + 60_000 }).state;
  expect(again.joinRequests["9"]).not.toBe(first.joinRequests["9"]);
  expect(again.joinRequests["9"]).toEqual([{ user: BEN, created_at: "2026-11-24T12:01:00.000Z" }]);
  // The same event twice is no second request.
  expect(reduce(again, wire(asks(2)), { now: NOON + 120_000 }).state.joinRequests).toBe(again.joinRequests);
});
