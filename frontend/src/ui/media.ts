import { useCallback, useSyncExternalStore } from "react";

/** Widths at which the panes change. */
export const WIDE = "(min-width: 1200px)";
export const PHONE = "(max-width: 767.98px)";

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
