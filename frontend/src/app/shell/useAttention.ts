import { useEffect } from "react";
import { useChatClient } from "../chat";

/** Without a key or a pointer for this long, the user is not at this device. */
const IDLE_AFTER_MS = 5 * 60_000;

/** Tells the server whether somebody is at this device; another device then rings. */
export function useAttention(): void {
  const { actions } = useChatClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let state: "active" | "idle" | undefined;
    const tell = (next: "active" | "idle") => {
      if (next === state) return;
      state = next;
      actions.presence(next);
    };
    const idle = () => {
      clearTimeout(timer);
      tell("idle");
    };
    const active = () => {
      if (document.visibilityState !== "visible") return idle();
      tell("active");
      clearTimeout(timer);
      timer = setTimeout(idle, IDLE_AFTER_MS);
    };
    // Leaving the page withdraws this tab's word; a page that comes back from the history has to give it again.
    const shown = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      state = undefined;
      active();
    };
    const events = ["pointerdown", "keydown", "focus"] as const;
    for (const event of events) window.addEventListener(event, active, { passive: true });
    document.addEventListener("visibilitychange", active);
    window.addEventListener("pageshow", shown);
    active();
    return () => {
      clearTimeout(timer);
      for (const event of events) window.removeEventListener(event, active);
      document.removeEventListener("visibilitychange", active);
      window.removeEventListener("pageshow", shown);
    };
  }, [actions]);
}
