import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useHeadingFocus } from "./useHeadingFocus";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  // Nothing is laid out in the DOM of the tests.
  vi.spyOn(HTMLElement.prototype, "offsetParent", "get").mockReturnValue(document.body);
});
afterEach(cleanup);

function Pages({ pathname, page, list = true }: { pathname: string; page?: string; list?: boolean }) {
  return (
    <div ref={useHeadingFocus(pathname)}>
      {list && (
        <h1 key={page ? "list" : "no page"} tabIndex={-1}>
          List
        </h1>
      )}
      <button type="button">Act</button>
      {page && <h2 tabIndex={-1}>{page}</h2>}
    </div>
  );
}

it("goes to the heading of a page, and again to that of one that comes later", async () => {
  const { rerender } = render(<Pages pathname="/" />);
  expect(document.activeElement).toBe(document.body);
  rerender(<Pages pathname="/friends/add" />);
  expect(document.activeElement).toBe(screen.getByText("List"));
  rerender(<Pages pathname="/friends/add" page="Add a friend" />);
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByText("Add a friend")));
});

it("goes to a heading that comes later also from what was pressed and stays", async () => {
  const { rerender } = render(<Pages pathname="/" list={false} />);
  screen.getByText("Act").focus();
  rerender(<Pages pathname="/friends" list={false} />);
  expect(document.activeElement).toBe(screen.getByText("Act"));
  rerender(<Pages pathname="/friends" />);
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByText("List")));
});

it("does not call back who has gone on", async () => {
  const { rerender } = render(<Pages pathname="/" />);
  rerender(<Pages pathname="/friends/add" />);
  fireEvent.keyDown(document.body, { key: "Tab" });
  screen.getByText("Act").focus();
  rerender(<Pages pathname="/friends/add" page="Add a friend" />);
  await new Promise((done) => queueMicrotask(() => done(undefined)));
  expect(document.activeElement).toBe(screen.getByText("Act"));
});
