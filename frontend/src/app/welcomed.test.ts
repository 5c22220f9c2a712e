import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { User } from "@/api/types";
import { isFirstRun, markWelcomed } from "./welcomed";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const MINUTE = 60_000;

const account = (id: string, ageMs: number): User => ({
  id,
  username: "Lena",
  relation: "self",
  created_at: new Date(NOW - ageMs).toISOString(),
});

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

describe("the first run", () => {
  it.each([
    ["made just now", account("1", 2_000), true],
    ["made nine minutes ago", account("1", 9 * MINUTE), true],
    ["made ten minutes ago", account("1", 10 * MINUTE), false],
    ["made a year ago", account("1", 365 * 24 * 60 * MINUTE), false],
    ["not known yet", undefined, false],
    ["of unknown age", { id: "1", username: "Lena", relation: "self" as const }, false],
  ])("of an account %s", (_, me, first) => expect(isFirstRun(me, NOW)).toBe(first));

  it("ends with the name confirmed, also where storage is refused", () => {
    markWelcomed("2");
    expect(isFirstRun(account("2", 0), NOW)).toBe(false);
    expect(isFirstRun(account("3", 0), NOW)).toBe(true);
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("refused", "SecurityError");
    });
    markWelcomed("3");
    expect(isFirstRun(account("3", 0), NOW)).toBe(false);
  });
});
