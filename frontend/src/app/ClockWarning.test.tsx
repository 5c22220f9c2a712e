import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { chatWith, renderWithChat } from "@/testing/chat";
import { ClockWarning, isWorthAWord } from "./ClockWarning";

const MINUTE = 60_000;

beforeAll(() => startI18n("en"));

it.each([
  [0, 0, false],
  [2 * MINUTE, 0, false],
  [2 * MINUTE + 1, 0, true],
  [-2 * MINUTE - 1, 0, true],
  [7 * MINUTE, 7 * MINUTE, false],
  [8 * MINUTE, 7 * MINUTE, false],
  [10 * MINUTE, 7 * MINUTE, true],
  [1 * MINUTE, 7 * MINUTE, false],
])("off by %s, noted %s", (offset, noted, told) => expect(isWorthAWord(offset, noted)).toBe(told));

it("tells which way and by how much, goes when the clock is set, and stays closed once it was closed", async () => {
  const { client } = chatWith({ clockOffsetMs: 7 * MINUTE });
  const set = (clockOffsetMs: number) => act(() => client.store.setState({ clockOffsetMs }));
  renderWithChat(<ClockWarning />, client);
  expect(screen.getByRole("status").textContent).toContain("The clock of this device is 7 minutes slow.");
  set(-3 * 60 * MINUTE);
  expect(screen.getByRole("status").textContent).toContain("3 hours fast");
  set(0);
  expect(screen.queryByRole("status")).toBeNull();
  set(7 * MINUTE);
  await userEvent.click(screen.getByRole("button", { name: "Close the note about the clock" }));
  expect(screen.queryByRole("status")).toBeNull();
  set(12 * MINUTE);
  expect(screen.getByRole("status").textContent).toContain("12 minutes slow");
});
