import type { PageState } from "./client";

/** How often the machine's clock is looked at, in ms. */
const WATCH_MS = 10_000;

/** More than timers are late by. */
const JUMP_MS = 5_000;

/** Calls `onJump` when the clock has gone another way than time has: it was set, or the machine slept. */
function watchClock(onJump: () => void) {
  const drift = () => Date.now() - performance.now();
  let before = drift();
  return setInterval(() => {
    const now = drift();
    if (Math.abs(now - before) > JUMP_MS) onJump();
    before = now;
  }, WATCH_MS);
}

/** The page this script runs in. */
export const browserPage: PageState = {
  online: () => navigator.onLine,
  focused: () => document.visibilityState === "visible" && document.hasFocus(),
  onWake(listener) {
    const visible = () => {
      if (document.visibilityState === "visible") listener();
    };
    const watch = watchClock(listener);
    window.addEventListener("online", listener);
    document.addEventListener("visibilitychange", visible);
    return () => {
      clearInterval(watch);
      window.removeEventListener("online", listener);
      document.removeEventListener("visibilitychange", visible);
    };
  },
  onOffline(listener) {
    window.addEventListener("offline", listener);
    return () => window.removeEventListener("offline", listener);
  },
  onHide(listener) {
    window.addEventListener("pagehide", listener);
    return () => window.removeEventListener("pagehide", listener);
  },
};
