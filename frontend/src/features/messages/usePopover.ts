import { useEffect, type KeyboardEvent, type RefObject } from "react";

/** Closes a panel at the composer: by Escape, or by a press or the focus elsewhere. */
export function usePopover(panel: RefObject<HTMLElement | null>, onClose: (how: "escape" | "away") => void) {
  useEffect(() => {
    const away = (event: Event) => {
      const target = event.target as Element;
      // The button that opened the panel closes it by itself.
      if (!panel.current?.contains(target) && !target.closest("[aria-haspopup='dialog']")) onClose("away");
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("focusin", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("focusin", away);
    };
  }, [panel, onClose]);

  return {
    onKeyDown(event: KeyboardEvent) {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onClose("escape");
    },
  };
}
