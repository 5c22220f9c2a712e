import { useEffect, useState, useSyncExternalStore } from "react";
import { useChat } from "./chat";

/** How often relative times are drawn anew. */
const TICK_MS = 15_000;

let ticked = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    ticked = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function snapshot(): number {
  // Between subscriptions nothing ticks, and a first reading may be long after the last tick.
  if (!timer && Date.now() - ticked > TICK_MS) ticked = Date.now();
  return ticked;
}

/** Server time in ms, in steps of 15 s, so that "2 minutes ago" grows old without a wrong local clock showing. */
export function useNow(): number {
  const local = useSyncExternalStore(subscribe, snapshot);
  const offset = useChat((state) => state.clockOffsetMs);
  return local + offset;
}

/** Server time in ms, each second while `counting`, for what counts down or up before somebody's eyes. */
export function useSecond(counting: boolean): number {
  const [now, setNow] = useState(Date.now);
  const offset = useChat((state) => state.clockOffsetMs);
  useEffect(() => {
    if (!counting) return;
    const seconds = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(seconds);
  }, [counting]);
  return now + offset;
}
