import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import { Skeletons } from "./states";

beforeAll(() => startI18n("en"));
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("says that nothing loads without a network, until there is one", () => {
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  render(<Skeletons />);
  act(() => {
    vi.advanceTimersByTime(200);
  });
  expect(screen.getByRole("status").textContent).toBe("You are offline. This loads as soon as you are back.");
  online.mockReturnValue(true);
  act(() => {
    dispatchEvent(new Event("online"));
  });
  expect(screen.getByRole("status", { name: "Loading" }).childElementCount).toBe(8);
});
