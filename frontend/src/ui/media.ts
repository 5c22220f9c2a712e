import { useCallback, useSyncExternalStore } from "react";

/** From here the details stand beside the chat. */
export const WIDE = "(min-width: 1200px)";

/** From here a list stands beside its page; below is a phone, which shows one of them. */
export const PANES = "(min-width: 768px)";

/** The keyboard is on the screen, and covers half of it. */
export const TOUCH = "(pointer: coarse)";

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", onChange);
      return () => list.removeEventListener("change", onChange);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
