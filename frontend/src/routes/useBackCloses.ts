import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** Something covers the page; Back takes it away. */
    cover?: boolean;
  }
}

/** What covers the page is a step of the history, as a page is: Back closes it, and closing it goes back. */
export function useBackCloses(open: boolean, close: () => void): void {
  const { history } = useRouter();
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (!open) return;
    clearTimeout(leaving.current);
    const covered = () => history.location.state.cover === true;
    if (!covered()) history.push(history.location.href, { ...history.location.state, cover: true });
    const stop = history.subscribe(() => {
      if (!covered()) close();
    });
    return () => {
      stop();
      // Closed by another way, and nothing was opened from it. Not at once: it may be open again in the same turn.
      leaving.current = setTimeout(() => {
        if (covered()) history.back();
      });
    };
  }, [open, close, history]);
}
