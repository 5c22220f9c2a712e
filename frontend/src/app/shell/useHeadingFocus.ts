import { useEffect, useRef } from "react";
import { TOUCH } from "@/ui/media";

/**
 * After a change of page the focus is on its heading, also of a page that comes a moment later; a chat and a search put
 * it on a field themselves. The result is for the element that the pages are in.
 */
export function useHeadingFocus(pathname: string) {
  const app = useRef<HTMLDivElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    const pages = app.current;
    if (before.current === pathname || !pages) return;
    before.current = pathname;
    if (pathname.startsWith("/chats/") || pathname.startsWith("/search/")) return;
    if (pathname === "/search" && !matchMedia(TOUCH).matches) return;

    // What was pressed may stay, as a tab at the foot of a phone does, and have the focus until the page is there.
    const pressed = document.activeElement;
    let focused: HTMLElement | undefined;
    const toHeading = () => {
      const headings = [...pages.querySelectorAll<HTMLElement>("h2[tabindex], h1[tabindex]")];
      // The last one that is drawn: the page's, or on a phone's list page the list's.
      const heading = headings.findLast((each) => each.offsetParent !== null);
      if (heading === undefined || heading === focused) return;
      focused = heading;
      heading.focus();
    };
    const stop = () => {
      changes.disconnect();
      for (const type of ["keydown", "pointerdown"]) removeEventListener(type, stop, true);
    };
    const changes = new MutationObserver(() => {
      const active = document.activeElement;
      if (active === document.body || active === pressed || active === focused) toHeading();
      else stop();
    });
    changes.observe(pages, { childList: true, subtree: true });
    // Who goes on by themselves is not called back.
    for (const type of ["keydown", "pointerdown"]) addEventListener(type, stop, true);
    toHeading();
    return stop;
  }, [pathname]);
  return app;
}
