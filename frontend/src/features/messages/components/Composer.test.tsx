import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import type { ChatState } from "@/realtime/state";
import { AMARA, chatWith, renderWithChat } from "@/testing/chat";
import { Composer, type ComposerHandle } from "./Composer";

beforeAll(() => startI18n("en"));
afterEach(cleanup);

const coarse = { matches: false };
beforeEach(() => {
  coarse.matches = false;
  vi.stubGlobal("matchMedia", () => coarse);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});

function show(state: Partial<ChatState> = {}) {
  const { client, actions } = chatWith(state);
  const handle = createRef<ComposerHandle>();
  renderWithChat(
    <Composer
      ref={handle}
      conversationId="100"
      title={AMARA.username}
      entryOf={() => undefined}
      nameOf={() => AMARA.username}
      onUp={() => undefined}
      takeFocus
    />,
    client,
  );
  return { client, actions, handle, field: screen.getByRole<HTMLTextAreaElement>("textbox") };
}

describe("Enter", () => {
  it("sends, empties the field and keeps the focus", async () => {
    const { actions, field } = show();
    await userEvent.type(field, "Hello{Enter}");
    expect(actions.send).toHaveBeenCalledExactlyOnceWith("100", { type: "text", text: "Hello" });
    expect(field.value).toBe("");
    expect(document.activeElement).toBe(field);
    expect(actions.saveDraft).toHaveBeenLastCalledWith("100", null, "sent");
  });

  it("breaks the line with Shift", async () => {
    const { actions, field } = show();
    await userEvent.type(field, "a{Shift>}{Enter}{/Shift}b");
    expect(field.value).toBe("a\nb");
    expect(actions.send).not.toHaveBeenCalled();
  });

  it("never sends what an input method is composing", () => {
    const { actions, field } = show();
    fireEvent.change(field, { target: { value: "ㄇㄧㄥˊ" } });
    fireEvent.keyDown(field, { key: "Enter", isComposing: true });
    fireEvent.keyDown(field, { key: "Enter", keyCode: 229 });
    // Safari ends the composition first and sends the key after it.
    fireEvent.compositionEnd(field);
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    expect(actions.send).not.toHaveBeenCalled();
  });

  it("breaks the line on touch keyboards", async () => {
    coarse.matches = true;
    const { actions, field } = show();
    await userEvent.type(field, "a{Enter}b");
    expect(field.value).toBe("a\nb");
    expect(actions.send).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Send" }));
    expect(actions.send).toHaveBeenCalledOnce();
  });

  it("does not send blanks or what is too long", async () => {
    const { actions, field } = show();
    await userEvent.type(field, "   {Enter}");
    fireEvent.change(field, { target: { value: "🥟".repeat(8_042) } });
    expect(screen.getByText("−42 characters")).toBeTruthy();
    fireEvent.keyDown(field, { key: "Enter" });
    expect(actions.send).not.toHaveBeenCalled();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
  });
});

describe("reply", () => {
  it("goes out with the message and is cancelled by Escape", async () => {
    const { actions, handle, field } = show();
    act(() => handle.current?.reply(7));
    await userEvent.keyboard("{Escape}");
    await userEvent.type(field, "a{Enter}");
    act(() => handle.current?.reply(8));
    await userEvent.type(field, "b{Enter}");
    expect(actions.send.mock.calls.map(([, content]) => content)).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b", reply_to: 8 },
    ]);
  });
});

describe("draft", () => {
  it("is shown, and follows another device while nothing is unsaved", () => {
    const { client, field } = show({ drafts: { 100: { text: "from the phone", version: 1 } } });
    expect(field.value).toBe("from the phone");
    act(() => client.store.setState({ drafts: { 100: { text: "from the phone, longer", version: 2 } } }));
    expect(field.value).toBe("from the phone, longer");
  });

  it("is not wiped by a redraw of the conversation without one", () => {
    const { client, field } = show({ drafts: { 100: { text: "stored", version: 1 } } });
    fireEvent.change(field, { target: { value: "being typed" } });
    act(() => client.store.setState({ drafts: {} }));
    expect(field.value).toBe("being typed");
  });

  it("is saved half a second after the first new key, however many follow, and at leaving", () => {
    vi.useFakeTimers();
    try {
      const { actions, field } = show();
      fireEvent.change(field, { target: { value: "a" } });
      vi.advanceTimersByTime(400);
      fireEvent.change(field, { target: { value: "ab" } });
      act(() => void vi.advanceTimersByTime(99));
      expect(actions.saveDraft).not.toHaveBeenCalled();
      act(() => void vi.advanceTimersByTime(1));
      expect(actions.saveDraft).toHaveBeenCalledExactlyOnceWith("100", { text: "ab" }, undefined);
      fireEvent.change(field, { target: { value: "abc" } });
      act(() => void window.dispatchEvent(new Event("pagehide")));
      expect(actions.saveDraft).toHaveBeenLastCalledWith("100", { text: "abc" }, "leaving");
      fireEvent.change(field, { target: { value: "abcd" } });
      cleanup();
      expect(actions.saveDraft).toHaveBeenLastCalledWith("100", { text: "abcd" }, undefined);
    } finally {
      vi.useRealTimers();
    }
  });

  it("offers the other one in a conflict", async () => {
    const conflict = { text: "theirs", version: 3 };
    const { actions } = show({ drafts: { 100: { text: "mine", version: 2, conflict } } });
    expect(screen.getByText("theirs")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Use" }));
    expect(actions.resolveDraft).toHaveBeenCalledExactlyOnceWith("100", "theirs");
  });
});
