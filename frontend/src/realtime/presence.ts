import type { Core } from "./core";
import type { Command } from "./sharing";
import type { Link } from "./transport";

/** "Typing" is said at most once in this time. */
export const TYPING_PAUSE_MS = 3_000;

/** The leader's typing and presence frames: active while any tab is. Nothing here is repeated when it is lost. */
export interface Presence {
  run(command: Command, tab: string): void;
  /** A new connection starts as active at the server. */
  onLive(): void;
}

export function createPresence(core: Core, link: () => Link | undefined): Presence {
  const active = new Map<string, boolean>();
  const typedAt = new Map<string, number>();
  let said: "active" | "idle" = "active";

  function say(): void {
    const next = active.size === 0 || [...active.values()].includes(true) ? "active" : "idle";
    const to = link();
    if (next === said || !to) return;
    said = next;
    to.send("/app/presence", { state: next });
  }

  return {
    run(command, tab) {
      if (command.kind === "typing") {
        const { conversationId: id } = command;
        const now = core.clock.now();
        if (now - (typedAt.get(id) ?? -Infinity) < TYPING_PAUSE_MS) return;
        typedAt.set(id, now);
        link()?.send(`/app/conversations/${id}/typing`, {});
        return;
      }
      if (command.state === "gone") active.delete(tab);
      else active.set(tab, command.state === "active");
      say();
    },
    onLive() {
      said = "active";
      say();
    },
  };
}
