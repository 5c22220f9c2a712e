import { createContext, useContext } from "react";

/** Dialogs that can be opened from anywhere. */
export type Overlay = "switcher" | "newGroup" | "join" | "shortcuts";

export const OverlayContext = createContext<(overlay: Overlay) => void>(() => undefined);

export function useOverlay(): (overlay: Overlay) => void {
  return useContext(OverlayContext);
}
