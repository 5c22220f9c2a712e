import { useEffect } from "react";
import { TOUCH } from "@/ui/media";

/** What the focus does not leave when something inside goes. Pages that change and dialogs that close see to it themselves. */
const HOLDS = "[data-pane], [data-stage], [data-notices], [role=dialog]";

const REACHED = 'a[href], button, input, select, textarea, [tabindex]:not([tabindex="-1"])';

/**
 * Passes the focus on when what has it goes, as a request does that was answered: to what comes after it, in a list else
 * to what comes before, else to the chat's text field or the pane's heading. On the page itself keys would mean
 * something else, and a screen reader would start from the top.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let focused: Element | undefined;
    const onFocusIn = ({ target }: FocusEvent) => {
      focused = target as Element;
    };
    const onFocusOut = ({ target }: FocusEvent) => {
      // Some browsers tell of what goes before it is gone. Who left what stays is not called back to it.
      queueMicrotask(() => {
        if (focused === target && focused.isConnected && document.activeElement !== focused) focused = undefined;
      });
    };
    const changes = new MutationObserver((records) => {
      if (!focused || focused.isConnected) return;
      const gone = focused;
      focused = undefined;
      if (document.activeElement !== document.body || gone.matches("h1, h2, h3")) return;
      successorOf(gone, records)?.focus({ preventScroll: true });
    });
    document.addEventListener("focusin", onFocusIn);
    document.addEventListener("focusout", onFocusOut);
    changes.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", onFocusIn);
      document.removeEventListener("focusout", onFocusOut);
      changes.disconnect();
    };
  }, []);
}

function successorOf(gone: Element, records: MutationRecord[]): HTMLElement | undefined {
  const place = placeOf(gone, records);
  const parent = place?.target as Element | undefined;
  const holder = parent?.closest(HOLDS);
  if (!place || !parent || !holder) return undefined;
  const composer = composerIn(holder);
  // What was taken away belonged to the text that is being written.
  if (composer && parent.contains(composer)) return composer;
  const reached = [...parent.querySelectorAll<HTMLElement>(REACHED)].filter(isReached);
  const isAfter = (each: Element) => follows(each, place.nextSibling);
  const before = parent.matches("ul, ol") ? reached.findLast((each) => !isAfter(each)) : undefined;
  return reached.find(isAfter) ?? before ?? composer ?? headingIn(holder);
}

/** Where it was in what is still there; it may have gone in several steps. */
function placeOf(gone: Element, records: MutationRecord[]): MutationRecord | undefined {
  let place: MutationRecord | undefined;
  let inside: Node = gone;
  for (const record of records) {
    if (![...record.removedNodes].some((node) => node.contains(inside))) continue;
    place = record;
    inside = record.target;
  }
  return place?.target.isConnected ? place : undefined;
}

function follows(element: Element, next: Node | null): boolean {
  if (!next?.isConnected) return false;
  return next.contains(element) || (next.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}

/** It is drawn and can be used; a text field on a touch screen would bring up the keyboard. */
function isReached(element: HTMLElement): boolean {
  if (element.offsetParent === null || element.matches(":disabled, [tabindex='-1']")) return false;
  return !element.matches("input, textarea") || !matchMedia(TOUCH).matches;
}

function composerIn(holder: Element): HTMLElement | undefined {
  const within = holder.matches("[data-notices]") ? document : holder;
  const composer = within.querySelector<HTMLElement>("[data-composer]");
  return composer && isReached(composer) ? composer : undefined;
}

function headingIn(holder: Element): HTMLElement | undefined {
  const within = holder.matches("[data-notices]") ? document : holder;
  const headings = [...within.querySelectorAll<HTMLElement>("h1[tabindex], h2[tabindex], h3[tabindex]")];
  return headings.findLast((each) => each.offsetParent !== null);
}
