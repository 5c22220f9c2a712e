import { useLayoutEffect, useState } from "react";

/** What had the focus before each of the dialogs that are open. */
const origins: Element[] = [];

/**
 * Gives the focus back to what had it before, once the calling dialog is gone. The library does so only for dialogs that
 * stay mounted while they are closed.
 */
export function useFocusBack(): void {
  // Read while the dialog is drawn for the first time: its own parts take the focus as soon as they are there. A dialog
  // that takes the place of another gives it back to where that one was opened.
  const [[before, earlier]] = useState(() => [document.activeElement ?? document.body, origins.at(-1)] as const);
  useLayoutEffect(() => {
    origins.push(before);
    return () => {
      origins.splice(origins.lastIndexOf(before), 1);
      const target = before.isConnected && before !== document.body ? before : earlier;
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    };
  }, [before, earlier]);
}
