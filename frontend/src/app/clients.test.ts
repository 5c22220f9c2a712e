import { expect, it, vi } from "vitest";
import { chatWith } from "@/testing/chat";
import { keepClients } from "./clients";

function session() {
  const listeners = new Set<() => void>();
  return {
    onEnd(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end: () => listeners.forEach((listener) => listener()),
  };
}

it("starts one client per user, and a new one after the session has ended", async () => {
  const { onEnd, end } = session();
  const make = vi.fn(() => Promise.resolve(chatWith().client));
  const clientOf = keepClients({ onEnd }, make);
  const first = await clientOf("1");
  expect(await clientOf("1")).toBe(first);
  expect(await clientOf("2")).not.toBe(first);
  end();
  expect(await clientOf("1")).not.toBe(first);
  expect(make).toHaveBeenCalledTimes(3);
});

it("tries again after one that could not be made", async () => {
  const make = vi.fn(() => Promise.resolve(chatWith().client)).mockRejectedValueOnce(new Error("no storage"));
  const clientOf = keepClients(session(), make);
  await expect(clientOf("1")).rejects.toThrow("no storage");
  await expect(clientOf("1")).resolves.toBeDefined();
});
