import { useEffect } from "react";
import { useChatClient } from "@/app/chat";
import { useLook } from "@/app/look";
import { playTone } from "@/app/tone";

/** Time for another window, in which the chat may be open, to say that the message has been seen. */
const GRACE_MS = 400;

/** The shortest pause between two tones. */
const PAUSE_MS = 2_000;

/**
 * Rings for what arrives live. What waits for a toast is exactly what may ring: not one's own words, not a muted chat,
 * not the one in view. Of several windows the one that leads rings.
 */
export function useSound(play: () => Promise<void> = playTone): void {
  const { store } = useChatClient();
  const on = useLook((s) => s.sound);
  useEffect(() => {
    if (!on) return;
    const timers = new Set<ReturnType<typeof setTimeout>>();
    let rungAt = Number.NEGATIVE_INFINITY;
    const waits = (id: string) => store.getState().toasts.some((toast) => toast.id === id);
    const ring = (id: string) => {
      if (!store.getState().connection.leader || !waits(id) || Date.now() - rungAt < PAUSE_MS) return;
      rungAt = Date.now();
      void play();
    };
    const stop = store.subscribe((state, before) => {
      if (state.toasts === before.toasts) return;
      for (const { id } of state.toasts) {
        if (before.toasts.some((toast) => toast.id === id)) continue;
        const timer = setTimeout(() => {
          timers.delete(timer);
          ring(id);
        }, GRACE_MS);
        timers.add(timer);
      }
    });
    return () => {
      stop();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [store, on, play]);
}
