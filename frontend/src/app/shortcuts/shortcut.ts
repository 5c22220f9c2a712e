export type Shortcut =
  | "switcher"
  | "help"
  | "find"
  | "findEverywhere"
  | "previous"
  | "next"
  | "previousUnread"
  | "nextUnread"
  | "new"
  | "details"
  | "mute"
  | "nextPane"
  | "previousPane";

export interface KeyFacts {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
}

/**
 * What a key of the page means.
 *
 * @param inText the focus is in a text field, where plain letters are text
 * @param lettersOn single letters can be switched off (WCAG 2.1.4)
 */
export function shortcutOf(event: KeyFacts, inText: boolean, lettersOn: boolean): Shortcut | undefined {
  if (event.isComposing) return undefined;
  const { key, altKey, shiftKey } = event;
  const command = event.ctrlKey || event.metaKey;
  if (command && !altKey && !shiftKey && key.toLowerCase() === "k") return "switcher";
  if (command && !altKey && key.toLowerCase() === "f") return shiftKey ? "findEverywhere" : "find";
  if (key === "F6" && !command && !altKey) return shiftKey ? "previousPane" : "nextPane";
  if (altKey && !command && key === "ArrowUp") return shiftKey ? "previousUnread" : "previous";
  if (altKey && !command && key === "ArrowDown") return shiftKey ? "nextUnread" : "next";
  if (inText || !lettersOn || command || altKey) return undefined;
  if (key === "?") return "help";
  if (shiftKey) return undefined;
  switch (key) {
    case "n":
      return "new";
    case "d":
      return "details";
    case "m":
      return "mute";
    default:
      return undefined;
  }
}

export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) {
    return true;
  }
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/** A dialog or a menu lies over the page, whose keys rest meanwhile. */
export function isCovered(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"], dialog[open]') !== null;
}

/** The chat before or after the open one; at the ends it goes round. */
export function neighbour(order: string[], current: string | undefined, step: 1 | -1): string | undefined {
  if (order.length === 0) return undefined;
  const at = current ? order.indexOf(current) : -1;
  if (at < 0) return step === 1 ? order[0] : order.at(-1);
  return order[(at + step + order.length) % order.length];
}
