// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createAnnouncer, SPEAK_EVERY_MS, type Speech } from "./announcing";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("speaks the first arrival and gathers the rest", () => {
  const said: Speech[] = [];
  const announcer = createAnnouncer((speech) => said.push(speech));

  announcer.arrive("Amara: one");
  expect(said).toEqual([{ text: "Amara: one" }]);

  announcer.arrive("Amara: two");
  vi.advanceTimersByTime(SPEAK_EVERY_MS);
  expect(said.at(-1)).toEqual({ text: "Amara: two" });

  for (let i = 0; i < 5; i += 1) announcer.arrive(`Amara: ${i}`);
  vi.advanceTimersByTime(SPEAK_EVERY_MS);
  expect(said.at(-1)).toEqual({ count: 5 });

  vi.advanceTimersByTime(SPEAK_EVERY_MS);
  expect(said).toHaveLength(3);
  announcer.arrive("Amara: later");
  expect(said.at(-1)).toEqual({ text: "Amara: later" });
});
