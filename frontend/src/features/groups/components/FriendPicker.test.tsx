import { cleanup, fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeAll, expect, it } from "vitest";
import type { User } from "@/api/types";
import { startI18n } from "@/i18n";
import { AMARA, chatWith, renderWithChat } from "@/testing/chat";
import { FriendPicker } from "./FriendPicker";

beforeAll(() => startI18n("en"));
afterEach(cleanup);

const ZOE: User = { id: "6", username: "Zoë Achterberg", relation: "friend" };

function Picker() {
  const [picked, setPicked] = useState<string[]>([]);
  return <FriendPicker picked={picked} onChange={setPicked} />;
}

function show() {
  const { client } = chatWith({ friends: { [AMARA.id]: AMARA, [ZOE.id]: ZOE } });
  const { container } = renderWithChat(<Picker />, client);
  const field = screen.getByPlaceholderText<HTMLInputElement>("Search friends");
  return {
    field,
    type: (value: string) => fireEvent.change(field, { target: { value } }),
    /** Whether the key is left to the form around the field, which it would send off. */
    enter: (how: { isComposing?: boolean } = {}) => fireEvent.keyDown(field, { key: "Enter", ...how }),
    picked: () => [...container.querySelectorAll(":checked")].map((box) => box.closest("label")?.textContent),
  };
}

it("picks by Enter who is found first, and sends nothing off", () => {
  const { field, type, enter, picked } = show();
  type("zoe");
  expect(enter()).toBe(false);
  expect(picked()).toEqual([expect.stringContaining(ZOE.username)]);
  expect(field.value).toBe("");
  expect(enter()).toBe(false);
  type("zoe");
  expect(enter()).toBe(false);
  expect(picked()).toEqual([expect.stringContaining(ZOE.username)]);
});

it("leaves an input method its Enter", () => {
  const { type, enter, picked } = show();
  type("zo");
  enter({ isComposing: true });
  expect(picked()).toEqual([]);
});
