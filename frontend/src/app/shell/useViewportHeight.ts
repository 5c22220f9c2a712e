import { useEffect } from "react";

/** A keyboard takes more than this; browser bars less. */
const KEYBOARD_PX = 120;

/** iOS lays its keyboard over the page. The app then ends where the keyboard begins, so that the composer stays in view. */
export function useViewportHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const fit = () => {
      const { style } = document.documentElement;
      const covered = window.innerHeight - viewport.height * viewport.scale > KEYBOARD_PX;
      if (covered) {
        style.setProperty("--app-height", `${viewport.height}px`);
        window.scrollTo(0, 0);
      } else {
        style.removeProperty("--app-height");
      }
    };
    viewport.addEventListener("resize", fit);
    return () => viewport.removeEventListener("resize", fit);
  }, []);
}
