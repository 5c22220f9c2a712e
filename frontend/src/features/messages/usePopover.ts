import { useEffect, type RefObject } from "react";

/** Closes a panel at the composer: by Escape, or by a press or the focus elsewhere. */
export function usePopover(panel: RefObject<HTMLElement | null>, onClose: (how: "escape" | "away") => void) {
  useEffect(() => {
    const away = (event: Event) => {
      const target = event.target as Element;
      // The button that opened the panel closes it by itself.
      if (!panel.current?.contains(target) && !target.closest("[aria-haspopup='dialog']")) onClose("away");
    };
    // The focus may have stayed on that button, or be nowhere, and what lies below the panel is not to be closed too.
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      onClose("escape");
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("focusin", away);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("focusin", away);
      document.removeEventListener("keydown", escape, true);
    };
  }, [panel, onClose]);
}
