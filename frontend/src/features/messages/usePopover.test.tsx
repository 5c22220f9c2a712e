import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useRef } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { usePopover } from "./usePopover";

const onClose = vi.fn();
const onKeyBelow = vi.fn();

afterEach(() => {
  cleanup();
  window.removeEventListener("keydown", onKeyBelow);
});

function Panel() {
  const panel = useRef<HTMLDivElement>(null);
  usePopover(panel, onClose);
  return (
    <div ref={panel} role="dialog">
      <input aria-label="Search" />
    </div>
  );
}

function show() {
  onClose.mockClear();
  onKeyBelow.mockClear();
  window.addEventListener("keydown", onKeyBelow);
  render(
    <>
      <button type="button" aria-haspopup="dialog">
        Open
      </button>
      <button type="button">Elsewhere</button>
      <Panel />
    </>,
  );
}

it.each(["Open", "Search", undefined])("closes by Escape with the focus on %s, and nothing else does", (name) => {
  show();
  if (name) (screen.queryByText(name) ?? screen.getByLabelText(name)).focus();
  fireEvent.keyDown(document.activeElement ?? document.body, { key: "Escape" });
  expect(onClose).toHaveBeenCalledExactlyOnceWith("escape");
  expect(onKeyBelow).not.toHaveBeenCalled();
});

it("leaves Escape to an input method that is composing", () => {
  show();
  fireEvent.keyDown(screen.getByLabelText("Search"), { key: "Escape", isComposing: true });
  expect(onClose).not.toHaveBeenCalled();
});

it("closes by a press or the focus elsewhere, and not by its opener", () => {
  show();
  fireEvent.pointerDown(screen.getByText("Open"));
  expect(onClose).not.toHaveBeenCalled();
  fireEvent.pointerDown(screen.getByText("Elsewhere"));
  expect(onClose).toHaveBeenLastCalledWith("away");
  screen.getByText("Elsewhere").focus();
  expect(onClose).toHaveBeenCalledTimes(2);
});
