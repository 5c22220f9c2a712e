import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ChatContext } from "@/app/chat";
import { useLook } from "@/app/look";
import type { LiveToast } from "@/realtime/state";
import { chatWith } from "@/testing/chat";
import { useSound } from "./useSound";

const toast = (seq: number): LiveToast => ({
  id: `100:${seq}`,
  conversationId: "100",
  seq,
  title: "Amara",
  text: "Hello",
  entry: {
    conversation_id: "100",
    seq,
    id: String(seq),
    kind: "message",
    sender_id: "5",
    server_time: "2026-03-01T12:00:00.000Z",
    content: { type: "text", text: "Hello" },
  },
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  useLook.setState({ sound: false });
});

function listen({ sound = true, leader = true } = {}) {
  useLook.setState({ sound });
  const { client } = chatWith();
  const { connection } = client.store.getState();
  client.store.setState({ connection: { ...connection, leader } });
  const play = vi.fn(() => Promise.resolve());
  renderHook(() => useSound(play), {
    wrapper: ({ children }) => <ChatContext value={client}>{children}</ChatContext>,
  });
  const arrive = (...seqs: number[]) => client.store.setState({ toasts: seqs.map(toast) });
  return { play, arrive };
}

it("rings once for messages that come together", () => {
  const { play, arrive } = listen();
  arrive(1);
  arrive(1, 2);
  vi.advanceTimersByTime(1_000);
  expect(play).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(2_000);
  arrive(1, 2, 3);
  vi.advanceTimersByTime(1_000);
  expect(play).toHaveBeenCalledTimes(2);
});

it("is silent for what another window shows at that moment", () => {
  const { play, arrive } = listen();
  arrive(1);
  arrive();
  vi.advanceTimersByTime(1_000);
  expect(play).not.toHaveBeenCalled();
});

it.each([
  ["unless it is switched on", { sound: false }],
  ["in a window that does not lead", { leader: false }],
])("is silent %s", (_, facts) => {
  const { play, arrive } = listen(facts);
  arrive(1);
  vi.advanceTimersByTime(1_000);
  expect(play).not.toHaveBeenCalled();
});
