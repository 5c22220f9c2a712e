import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fetched } from "./lazily";

const GONE = new TypeError("Failed to fetch dynamically imported module");

/** A part that comes with the `times`-th request. */
function comesAt(times: number) {
  let asked = 0;
  return vi.fn(() => {
    asked += 1;
    return asked < times ? Promise.reject(GONE) : Promise.resolve("part");
  });
}

function network(there: boolean) {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(there);
  if (there) window.dispatchEvent(new Event("online"));
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("asks once for what comes", async () => {
  const load = comesAt(1);
  expect(await fetched(load)).toBe("part");
  expect(load).toHaveBeenCalledOnce();
});

it("waits offline, however long, and asks again when there is a network", async () => {
  network(false);
  const load = comesAt(2);
  const part = fetched(load);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(load).toHaveBeenCalledOnce();
  network(true);
  expect(await part).toBe("part");
  expect(load).toHaveBeenCalledTimes(2);
});

it("asks again where there is a network, as the server may be starting", async () => {
  network(true);
  const load = comesAt(4);
  const part = fetched(load);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(await part).toBe("part");
});

it("gives up what does not come at all", async () => {
  network(true);
  const outcome = fetched(comesAt(Infinity)).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  expect(await outcome).toBe(GONE);
});
