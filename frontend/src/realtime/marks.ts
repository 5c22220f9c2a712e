import type { SyncAnswer } from "@/api/types";
import type { Core } from "./core";
import type { Link } from "./transport";

/** Sends own read markers, each conversation's at most once in this time. */
const PAUSE_MS = 2_000;

/** The leader's read markers on their way to the server. */
export interface Marks {
  viewed(conversationId: string): void;
  /** The server's markers: what it has not heard of is sent again. */
  onSync(answer: SyncAnswer): void;
  flush(): void;
  stop(): void;
}

export function createMarks(core: Core, link: () => Link | undefined): Marks {
  const waiting = new Set<string>();
  const sentAt = new Map<string, number>();
  let cancel: (() => void) | undefined;

  function flush(): void {
    cancel?.();
    cancel = undefined;
    const to = link();
    if (!to) return;
    const now = core.clock.now();
    let next = Infinity;
    for (const id of [...waiting]) {
      const due = (sentAt.get(id) ?? -Infinity) + PAUSE_MS;
      const conversation = core.state.getState().conversations[id];
      if (!conversation) waiting.delete(id);
      else if (due > now) next = Math.min(next, due);
      else {
        waiting.delete(id);
        sentAt.set(id, now);
        to.send(`/app/conversations/${id}/read`, { seq: conversation.read_seq });
      }
    }
    if (next < Infinity) cancel = core.clock.after(next - now, flush);
  }

  return {
    viewed(id) {
      waiting.add(id);
      flush();
    },
    onSync(answer) {
      const markers = { ...answer.markers };
      for (const { conversation } of answer.conversations) markers[conversation.id] ??= conversation;
      for (const [id, marker] of Object.entries(markers)) {
        if ((core.state.getState().conversations[id]?.read_seq ?? 0) > marker.read_seq) waiting.add(id);
      }
      flush();
    },
    flush,
    stop: () => cancel?.(),
  };
}
