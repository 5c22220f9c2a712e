import { lazy } from "react";

type Load<T> = () => Promise<T>;

const waiting: Load<unknown>[] = [];

/** Pauses before a part is asked for again that did not come although there was a network, ms: a server starts anew. */
const AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000];

/**
 * Fetches a part of the page. Offline it waits for the network: what did not come would take the page with it, and what
 * is being written there.
 *
 * @throws what the browser says of a part that does not come at all, as after an update of the server
 */
export async function fetched<T>(load: Load<T>, pauses: readonly number[] = AGAIN_MS): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!navigator.onLine) {
      await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
      return fetched(load);
    }
    const [pause, ...others] = pauses;
    if (pause === undefined) throw error;
    await new Promise((resolve) => setTimeout(resolve, pause));
    return fetched(load, others);
  }
}

/** A part that is fetched when the page has nothing else to do, so that it opens without a network. */
export function ahead<T>(load: Load<T>): Load<T> {
  waiting.push(load);
  return () => fetched(load);
}

/** A part that is not needed for the first view but must open without a network, as a menu must. */
export const lazily: typeof lazy = (load) => lazy(ahead(load));

/** A part that few people open. */
export const onDemand: typeof lazy = (load) => lazy(() => fetched(load));

/** Fetches what {@link ahead} has named, one after the other, in the browser's idle time. */
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
