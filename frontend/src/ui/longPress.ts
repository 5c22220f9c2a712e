/** Later than the browsers that have a context menu of their own. */
const PRESS_MS = 600;

/** A finger that moves further scrolls. */
const SLACK_PX = 10;

/**
 * Gives iOS what other systems do by themselves: a long press on the page is a `contextmenu` event, and what a mouse
 * would have done there does nothing: its press would close the menu at once.
 */
export function startLongPress(root: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from: { x: number; y: number } | undefined;
  let swallowMouse = false;

  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };

  root.addEventListener("pointerdown", (event) => {
    cancel();
    swallowMouse = false;
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    const { target, clientX, clientY } = event;
    from = { x: clientX, y: clientY };
    timer = setTimeout(() => {
      timer = undefined;
      const press = new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX, clientY });
      // Only where somebody took it was it a press.
      swallowMouse = target?.dispatchEvent(press) === false;
    }, PRESS_MS);
  });
  root.addEventListener("pointermove", (event) => {
    if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > SLACK_PX) cancel();
  });
  for (const end of ["pointerup", "pointercancel", "contextmenu"]) root.addEventListener(end, cancel);
  for (const type of ["mousedown", "mouseup", "click"]) {
    root.addEventListener(
      type,
      (event) => {
        if (!swallowMouse) return;
        // The last of them.
        if (type === "click") swallowMouse = false;
        event.preventDefault();
        event.stopPropagation();
      },
      { capture: true },
    );
  }
}
