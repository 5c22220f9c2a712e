import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import { Dialog } from "./Dialog";

beforeAll(() => startI18n("en"));
beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});
afterEach(cleanup);

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Leave…
      </button>
      {open && (
        <Dialog title="Leave?" onClose={() => setOpen(false)}>
          <button type="button" data-autofocus onClick={() => setOpen(false)}>
            Stay
          </button>
        </Dialog>
      )}
    </>
  );
}

it.each(["{Enter}", "{Escape}"])("has the focus while it is open, and gives it back when %s closes it", async (key) => {
  render(<Page />);
  await userEvent.click(screen.getByText("Leave…"));
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByText("Stay")));
  await userEvent.keyboard(key);
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(screen.getByText("Leave…"));
});
