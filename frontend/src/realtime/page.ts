import type { PageState } from "./client";

/** The page this script runs in. */
export const browserPage: PageState = {
  online: () => navigator.onLine,
  focused: () => document.visibilityState === "visible" && document.hasFocus(),
  onWake(listener) {
    const visible = () => {
      if (document.visibilityState === "visible") listener();
    };
    window.addEventListener("online", listener);
    document.addEventListener("visibilitychange", visible);
    return () => {
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
