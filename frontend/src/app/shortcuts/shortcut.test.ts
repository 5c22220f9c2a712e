// @vitest-environment node
import { describe, expect, it } from "vitest";
import { neighbour, shortcutOf, type KeyFacts } from "./shortcut";

const plain: KeyFacts = {
  key: "",
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
};

describe("shortcutOf", () => {
  it.each<[Partial<KeyFacts>, boolean, boolean, string | undefined]>([
    [{ key: "k", ctrlKey: true }, true, true, "switcher"],
    [{ key: "k", metaKey: true }, false, false, "switcher"],
    [{ key: "k" }, false, true, undefined],
    [{ key: "f", ctrlKey: true }, true, false, "find"],
    [{ key: "f", metaKey: true }, false, true, "find"],
    [{ key: "F", ctrlKey: true, shiftKey: true }, true, true, "findEverywhere"],
    [{ key: "f", ctrlKey: true, altKey: true }, true, true, undefined],
    [{ key: "f" }, false, true, undefined],
    [{ key: "?", shiftKey: true }, false, true, "help"],
    [{ key: "?", shiftKey: true }, true, true, undefined],
    [{ key: "?", shiftKey: true }, false, false, undefined],
    [{ key: "n" }, false, true, "new"],
    [{ key: "n" }, true, true, undefined],
    [{ key: "n", isComposing: true }, false, true, undefined],
    [{ key: "n", ctrlKey: true }, false, true, undefined],
    [{ key: "N", shiftKey: true }, false, true, undefined],
    [{ key: "ArrowUp", altKey: true }, true, true, "previous"],
    [{ key: "ArrowDown", altKey: true, shiftKey: true }, true, true, "nextUnread"],
    [{ key: "ArrowDown" }, false, true, undefined],
    [{ key: "F6" }, true, true, "nextPane"],
    [{ key: "F6", shiftKey: true }, true, false, "previousPane"],
  ])("%o in text %s letters %s", (facts, inText, letters, expected) =>
    expect(shortcutOf({ ...plain, ...facts }, inText, letters)).toBe(expected),
  );
});

it.each<[string[], string | undefined, 1 | -1, string | undefined]>([
  [["a", "b", "c"], "a", 1, "b"],
  [["a", "b", "c"], "c", 1, "a"],
  [["a", "b", "c"], "a", -1, "c"],
  [["a", "b"], undefined, 1, "a"],
  [["a", "b"], "x", -1, "b"],
  [[], "a", 1, undefined],
])("neighbour %j %s %s", (order, current, step, expected) => expect(neighbour(order, current, step)).toBe(expected));
