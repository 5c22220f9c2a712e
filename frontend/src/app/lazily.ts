import { lazy } from "react";

const waiting: (() => Promise<unknown>)[] = [];

/**
 * A part that is not needed for the first view but must open without a network, as a menu must: it is fetched when the
 * page has nothing else to do.
 */
export const lazily: typeof lazy = (load) => {
  waiting.push(load);
  return lazy(load);
};

/** Fetches what {@link lazily} has named, one after the other, in the browser's idle time. */
export function fetchAhead(): void {
  // Safari has no idle callbacks.
  const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
  const next = waiting.shift();
  if (!next) return;
  idle(() => {
    // One that did not come is fetched when it is opened.
    next().then(fetchAhead, fetchAhead);
  });
}
