import { useCallback, useEffect, useRef, type RefCallback } from "react";

/**
 * Reports the newest message that the user can have seen: the page is visible and has the focus, and at least half of
 * the message, or half of the window, shows it.
 *
 * @returns the ref of the element that contains the messages, each with `data-seq`
 */
export function useViewed(onViewed: (seq: number) => void, readSeq: number): RefCallback<HTMLElement> {
  const report = useRef<(() => void) | undefined>(undefined);
  const latest = useRef({ onViewed, readSeq });

  useEffect(() => {
    latest.current = { onViewed, readSeq };
    report.current?.();
  }, [onViewed, readSeq]);

  return useCallback((root: HTMLElement | null) => {
    if (!root) return;
    const inView = new Map<Element, number>();

    report.current = () => {
      if (document.visibilityState !== "visible" || !document.hasFocus()) return;
      let newest = 0;
      for (const seq of inView.values()) newest = Math.max(newest, seq);
      if (newest > latest.current.readSeq) latest.current.onViewed(newest);
    };

    const intersections = new IntersectionObserver(
      (changes) => {
        for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of changes) {
          const half = (rootBounds?.height ?? window.innerHeight) / 2;
          const seen = isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height >= half);
          if (seen) inView.set(target, Number((target as HTMLElement).dataset.seq));
          else inView.delete(target);
        }
        report.current?.();
      },
      { root, threshold: [0, 0.25, 0.5, 0.75, 1] },
    );

    // The virtual list adds and removes messages as it scrolls.
    const watched = new Set<Element>();
    const collect = () => {
      const present = new Set(root.querySelectorAll("[data-seq]"));
      for (const element of present) {
        if (watched.has(element)) continue;
        watched.add(element);
        intersections.observe(element);
      }
      for (const element of watched) {
        if (present.has(element)) continue;
        watched.delete(element);
        inView.delete(element);
        intersections.unobserve(element);
      }
    };
    const mutations = new MutationObserver(collect);
    mutations.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-seq"] });
    collect();

    const onFocus = () => report.current?.();
    window.addEventListener("focus", onFocus);
    document.addEventListener("visibilitychange", onFocus);
    return () => {
      report.current = undefined;
      intersections.disconnect();
      mutations.disconnect();
      window.removeEventListener("focus", onFocus);
      document.removeEventListener("visibilitychange", onFocus);
    };
  }, []);
}
