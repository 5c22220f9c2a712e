import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useKeptFocus } from "./useKeptFocus";

const touch = { matches: false };
beforeEach(() => {
  touch.matches = false;
  vi.stubGlobal("matchMedia", () => touch);
  // Nothing is laid out in the DOM of the tests.
  vi.spyOn(HTMLElement.prototype, "offsetParent", "get").mockReturnValue(document.body);
});
afterEach(cleanup);

interface ViewProps {
  requests?: string[];
  reply?: boolean;
  more?: boolean;
  toast?: boolean;
  composer?: boolean;
  dialog?: boolean;
  page?: string;
  details?: boolean;
}

function View({ requests = [], reply, more, toast, composer, dialog, page = "Friends", details }: ViewProps) {
  useKeptFocus();
  return (
    <>
      <div data-stage>
        {details && (
          <aside data-pane>
            <button type="button">Close details</button>
          </aside>
        )}
        {page === "Chat" && <textarea data-composer />}
      </div>
      <main data-pane key={page}>
        <h2 tabIndex={-1}>{page}</h2>
        <button type="button">Add</button>
        <ul>
          {requests.map((name) => (
            <li key={name}>
              <button type="button">{name}</button>
            </li>
          ))}
        </ul>
        {more && <button type="button">More</button>}
        <div>
          {reply && <button type="button">Cancel the reply</button>}
          <button type="button">Attach</button>
          {composer && <textarea data-composer />}
        </div>
      </main>
      <section data-notices>{toast && <button type="button">Close</button>}</section>
      {dialog && (
        <div role="dialog">
          <button type="button">Yes</button>
        </div>
      )}
    </>
  );
}

/** Has the focus on `from` while the view changes; what has it then, the page itself being nothing. */
async function after(before: ViewProps, from: string, next: ViewProps): Promise<string | null | undefined> {
  const { rerender } = render(<View {...before} />);
  screen.getByText(from).focus();
  rerender(<View {...next} />);
  await Promise.resolve();
  const { activeElement } = document;
  if (activeElement === document.body) return undefined;
  return activeElement?.matches("textarea") ? "composer" : activeElement?.textContent;
}

describe("what had the focus is gone", () => {
  it("goes to the next of a list, from the last to the one before, from the only one to the heading", async () => {
    const list = (...requests: string[]) => ({ requests });
    expect(await after(list("Amara", "Bea", "Cai"), "Bea", list("Amara", "Cai"))).toBe("Cai");
    cleanup();
    expect(await after(list("Amara", "Bea"), "Bea", list("Amara"))).toBe("Amara");
    cleanup();
    expect(await after(list("Amara"), "Amara", list())).toBe("Friends");
  });

  it("goes to the text to which it belonged, but brings up no keyboard", async () => {
    expect(await after({ reply: true, composer: true }, "Cancel the reply", { composer: true })).toBe("composer");
    cleanup();
    touch.matches = true;
    expect(await after({ reply: true, composer: true }, "Cancel the reply", { composer: true })).toBe("Attach");
  });

  it("goes on from a notice to the chat or the page that is open", async () => {
    expect(await after({ toast: true, composer: true }, "Close", { composer: true })).toBe("composer");
    cleanup();
    expect(await after({ toast: true }, "Close", {})).toBe("Friends");
  });

  it("goes from details that close to the chat beside them", async () => {
    expect(await after({ page: "Chat", details: true }, "Close details", { page: "Chat" })).toBe("composer");
  });

  it("leaves it to dialogs that close and pages that change", async () => {
    expect(await after({ dialog: true }, "Yes", {})).toBeUndefined();
    cleanup();
    expect(await after({}, "Add", { page: "Search" })).toBeUndefined();
  });
});

it("calls nobody back who has gone elsewhere before", async () => {
  const { rerender } = render(<View requests={["Amara", "Bea"]} />);
  screen.getByText("Bea").focus();
  screen.getByText("Bea").blur();
  await Promise.resolve();
  rerender(<View requests={["Amara"]} />);
  await Promise.resolve();
  expect(document.activeElement).toBe(document.body);
});
