import { useRef, useState, type PointerEvent, type SyntheticEvent } from "react";
import { replies, swipeFrom, swipeTo, type Swipe } from "./swiping";

/** What a row shows of a swipe: it follows the finger, and from some point on letting go does it. */
export type Swiping = "near" | "far";

/**
 * The handlers of a row that a finger can swipe; what it follows by is `--swipe` in its style. Mice and pens have other
 * ways. The browser scrolls the row up and down by itself, and says so with `pointercancel`.
 */
export function useSwipe(onSwiped: (() => void) | undefined) {
  const swipe = useRef<Swipe>({ state: "lost" });
  const [swiping, setSwiping] = useState<Swiping>();
  /** Somebody has swiped here. */
  const [begun, setBegun] = useState(false);

  function follow(row: HTMLElement, next: Swipe) {
    swipe.current = next;
    if (next.state !== "swiping") {
      row.style.removeProperty("--swipe");
      setSwiping(undefined);
      return;
    }
    row.style.setProperty("--swipe", `${document.dir === "rtl" ? -next.by : next.by}px`);
    setSwiping(replies(next) ? "far" : "near");
    setBegun(true);
  }

  if (!onSwiped) return { swiping: undefined, begun: false, handlers: undefined };
  const giveBack = ({ currentTarget }: SyntheticEvent<HTMLElement>) => follow(currentTarget, { state: "lost" });
  const handlers = {
    onPointerDown({
      currentTarget,
      pointerType,
      isPrimary,
      clientX: x,
      clientY: y,
      target,
    }: PointerEvent<HTMLElement>) {
      if (pointerType !== "touch") return;
      // A second finger zooms, and a slider follows its own.
      const own = !isPrimary || (target as HTMLElement).closest("input, video[controls]");
      follow(currentTarget, own ? { state: "lost" } : swipeFrom({ x, y }, window.innerWidth));
    },
    onPointerMove({ currentTarget, pointerType, isPrimary, clientX: x, clientY: y }: PointerEvent<HTMLElement>) {
      if (pointerType !== "touch" || !isPrimary || swipe.current.state === "lost") return;
      follow(currentTarget, swipeTo(swipe.current, { x, y }, document.dir === "rtl"));
    },
    onPointerUp({ currentTarget, pointerType, isPrimary }: PointerEvent<HTMLElement>) {
      if (pointerType !== "touch" || !isPrimary) return;
      const done = replies(swipe.current);
      follow(currentTarget, { state: "lost" });
      if (done) onSwiped();
    },
    onPointerCancel: giveBack,
    // A long press has opened a menu.
    onContextMenu: giveBack,
  };
  return { swiping, begun, handlers };
}
