import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import type { ConnectionPhase, PendingMessage } from "@/realtime/state";
import { chatWith, renderWithChat } from "@/testing/chat";
import { LiveRegion } from "./LiveRegion";
import { PendingMessageRow } from "./PendingMessageRow";

beforeAll(() => startI18n("en"));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const NOW = Date.parse("2026-11-30T18:00:00.000Z");

function message(part: Partial<PendingMessage> = {}): PendingMessage {
  return {
    state: "waiting",
    clientMsgId: "m1",
    conversationId: "100",
    content: { type: "text", text: "In the tunnel" },
    clientTime: "2026-11-30T18:00:00.000Z",
    createdAt: NOW,
    expiresAt: NOW + 1_000_000,
    attempts: 0,
    ...part,
  };
}

const photo = message({
  content: { type: "image", media: { name: "a.png", content_type: "image/png", size_bytes: 9 } },
});

it.each<[string, ConnectionPhase, PendingMessage, string]>([
  ["on its way", "live", message(), "Sending…"],
  ["written offline", "offline", message(), "Waiting for network"],
  ["unanswered when the network went", "offline", message({ state: "unknown" }), "Waiting for network"],
  ["held back by a limit before", "offline", message({ code: "rate_limited", retryAt: NOW }), "Waiting for network"],
  ["long without a connection", "connecting", message(), "Waiting for connection"],
  ["a file, offline", "offline", photo, "Waiting for network"],
  ["a file", "live", photo, "Waiting for upload"],
  ["taken by the server", "offline", message({ confirmedSeq: 7 }), "Sending…"],
  ["refused", "offline", message({ state: "expired" }), "Not sent for 7 days."],
])("says what is true of a message: %s", (_, phase, pending, said) => {
  vi.useFakeTimers({ now: NOW });
  const { client } = chatWith({ connection: { phase, since: NOW - 2_000, leader: true } });
  const row = { type: "pending", key: "m-m1", own: true, first: true, pending } as const;
  renderWithChat(
    <PendingMessageRow row={row} quoteName="" onJump={vi.fn()} onTakenBack={vi.fn()} onPendingMenu={vi.fn()} />,
    client,
  );
  expect(screen.getByText(said)).toBeDefined();
  const waits = said.startsWith("Waiting for ") && said !== "Waiting for upload";
  const name = waits ? `Your message, not sent yet, ${said}` : "Your message, not sent yet";
  expect(screen.getByRole("article", { name })).toBeDefined();
});

it("tells who does not see the screen, once for each message", () => {
  const { client } = chatWith({ connection: { phase: "offline", since: NOW, leader: true } });
  const { container } = renderWithChat(<LiveRegion conversationId="100" />, client);
  const region = container.querySelector("[aria-live=polite]");
  expect(region?.textContent).toBe("");
  act(() => client.store.setState({ outbox: { "100": [message()] } }));
  expect(region?.textContent).toBe("Your message, not sent yet, Waiting for network");
});
