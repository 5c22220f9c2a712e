import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ChatContext } from "@/app/chat";
import { chatWith } from "@/testing/chat";
import { useAttention } from "./useAttention";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function attend() {
  const { client, actions } = chatWith();
  renderHook(useAttention, { wrapper: ({ children }) => <ChatContext value={client}>{children}</ChatContext> });
  return { said: () => actions.presence.mock.calls.flat() };
}

it("is idle after five minutes without a key or a pointer, and active with the next", () => {
  const { said } = attend();
  vi.advanceTimersByTime(5 * 60_000);
  expect(said()).toEqual(["active", "idle"]);
  window.dispatchEvent(new Event("pointerdown"));
  expect(said()).toEqual(["active", "idle", "active"]);
});

it("says so again when the page comes back from the history, and not at its first showing", () => {
  const { said } = attend();
  window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
  expect(said()).toEqual(["active"]);
  window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(said()).toEqual(["active", "active"]);
});
