import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import type { Announcement } from "@/realtime/state";
import { chatWith, renderWithChat } from "@/testing/chat";
import { SPEAK_EVERY_MS } from "../announcing";
import { LiveRegion } from "./LiveRegion";

beforeAll(() => startI18n("en"));
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("speaks the same words anew when they come again", () => {
  const { client } = chatWith();
  const { container } = renderWithChat(<LiveRegion conversationId="100" />, client);
  const arrive = (id: number) => {
    const announcement: Announcement = {
      id,
      conversationId: "100",
      seq: id,
      sender: "Amara",
      content: { type: "text", text: "ok" },
    };
    act(() => {
      client.store.setState(({ announcements }) => ({ announcements: [...announcements, announcement] }));
    });
    act(() => {
      vi.advanceTimersByTime(SPEAK_EVERY_MS);
    });
    return container.querySelector("[aria-live] > *");
  };
  const first = arrive(1);
  expect(first?.textContent).toBe("Amara: ok");
  const second = arrive(2);
  expect(second?.textContent).toBe("Amara: ok");
  expect(second).not.toBe(first);
});
