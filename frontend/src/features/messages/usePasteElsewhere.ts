import { useEffect, useEffectEvent } from "react";
import { isCovered, isTextField } from "@/app/shortcuts/shortcut";

/** Tells of what is pasted where nothing takes text: it is meant for the open chat, wherever the focus is. */
export function usePasteElsewhere(onPaste: (data: DataTransfer) => void): void {
  const paste = useEffectEvent(onPaste);
  useEffect(() => {
    const listen = (event: ClipboardEvent) => {
      if (event.defaultPrevented || !event.clipboardData || isTextField(event.target) || isCovered()) return;
      event.preventDefault();
      paste(event.clipboardData);
    };
    window.addEventListener("paste", listen);
    return () => window.removeEventListener("paste", listen);
  }, []);
}
