import { useMemo, useRef, useState, type FocusEvent, type KeyboardEvent, type RefObject } from "react";
import { flushSync } from "react-dom";

interface Roving<Container extends HTMLElement> {
  /** Of the element that contains the rows, each with its id in `data-row`. */
  rows: RefObject<Container | null>;
  /** The one row that Tab reaches. */
  tabStop: string | undefined;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (event: FocusEvent) => void;
  focusRow: (id: string | undefined) => void;
}

/**
 * One tab stop for a list of links; arrows, Home and End move inside.
 *
 * @param currentId the row whose page is open
 * @param onLeaveUp where the way up leads from the first row; without it the focus stays
 */
export function useRoving<Container extends HTMLElement>(
  ids: string[],
  currentId: string | undefined,
  onLeaveUp?: () => void,
): Roving<Container> {
  const rows = useRef<Container>(null);
  const [focused, setFocused] = useState<{ id: string; under: string | undefined }>();
  const tabStop = useMemo(() => {
    // Another page was opened since: the tab stop goes with it.
    if (focused?.under === currentId && focused && ids.includes(focused.id)) return focused.id;
    if (currentId && ids.includes(currentId)) return currentId;
    return ids[0];
  }, [focused, currentId, ids]);

  const focusRow = (id: string | undefined) => {
    if (!id) return;
    // A long list draws the tab stop wherever it is.
    flushSync(() => setFocused({ id, under: currentId }));
    rows.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = ids.indexOf(tabStop ?? "");
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    if (target < 0 && onLeaveUp) onLeaveUp();
    else focusRow(ids[Math.min(Math.max(target, 0), ids.length - 1)]);
  };

  const onFocus = (event: FocusEvent) => {
    const id = event.target.closest<HTMLElement>("[data-row]")?.dataset.row;
    if (id) setFocused({ id, under: currentId });
  };

  return { rows, tabStop, onKeyDown, onFocus, focusRow };
}
