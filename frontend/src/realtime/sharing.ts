import type { SharedEvent, SharedState } from "./events";
import type { Tabs } from "./tabs";

/**
 * Every tab runs the same reducer over the same events. The leader numbers them; a tab that misses a number, or meets a
 * new leader, takes the leader's state over and goes on from there.
 */
export interface Sharing {
  start(): void;
  stop(): void;
  share(event: SharedEvent, optimistic: boolean): void;
  command(command: Command): void;
}

/** Short-lived wishes that change no state. */
export type Command =
  { kind: "typing"; conversationId: string } | { kind: "presence"; state: "active" | "idle" | "gone" };

export interface SharingDeps {
  tabs: Tabs;
  /** Applies a shared event in this tab. */
  apply(event: SharedEvent): void;
  snapshot(): SharedState;
  adopt(shared: SharedState): void;
  /** Leader only. */
  onCommand(command: Command, from: string): void;
}

type Message =
  | { kind: "event"; n: number; event: SharedEvent; origin?: string }
  | { kind: "forward"; event: SharedEvent; optimistic: boolean }
  | { kind: "command"; command: Command }
  | { kind: "leading" }
  | { kind: "want_snapshot" }
  | { kind: "snapshot"; n: number; shared: SharedState };

const TOPIC = "chat";

export function createSharing(deps: SharingDeps): Sharing {
  const { tabs } = deps;
  const undo: (() => void)[] = [];
  /** Number of the last event given (leader) or applied (others). */
  let n = 0;
  /** The leader whose numbers `n` counts; undefined until its snapshot came. */
  let source: string | undefined;
  let early: { n: number; event: SharedEvent; origin?: string }[] = [];

  const post = (message: Message, to?: string) => tabs.post(TOPIC, message, to);

  function publish(event: SharedEvent, origin?: string): void {
    n += 1;
    post({ kind: "event", n, event, ...(origin !== undefined && { origin }) });
  }

  function receive(message: Message, from: string): void {
    switch (message.kind) {
      case "event":
        return receiveEvent(message, from);
      case "forward":
        if (!tabs.leader) return;
        deps.apply(message.event);
        return publish(message.event, message.optimistic ? from : undefined);
      case "command":
        if (tabs.leader) deps.onCommand(message.command, from);
        return;
      case "leading":
        if (!tabs.leader) wantSnapshot();
        return;
      case "want_snapshot":
        if (tabs.leader) post({ kind: "snapshot", n, shared: deps.snapshot() }, from);
        return;
      case "snapshot": {
        if (tabs.leader) return;
        deps.adopt(message.shared);
        source = from;
        n = message.n;
        const waiting = early;
        early = [];
        for (const event of waiting) receiveEvent({ kind: "event", ...event }, from);
      }
    }
  }

  function receiveEvent(message: Extract<Message, { kind: "event" }>, from: string): void {
    if (tabs.leader) return;
    if (source !== from) {
      early.push(message);
      return;
    }
    if (message.n <= n) return;
    if (message.n > n + 1) {
      early.push(message);
      return wantSnapshot();
    }
    n = message.n;
    if (message.origin !== tabs.id) deps.apply(message.event);
  }

  function wantSnapshot(): void {
    source = undefined;
    post({ kind: "want_snapshot" });
  }

  return {
    start() {
      undo.push(
        tabs.on<Message>(TOPIC, receive),
        tabs.onLead((leader) => {
          early = [];
          if (leader) post({ kind: "leading" });
          else wantSnapshot();
        }),
      );
      if (!tabs.leader) wantSnapshot();
    },
    stop() {
      for (const step of undo.splice(0)) step();
    },
    share(event, optimistic) {
      if (tabs.leader) {
        deps.apply(event);
        publish(event);
        return;
      }
      if (optimistic) deps.apply(event);
      post({ kind: "forward", event, optimistic });
      tabs.ensureLeader();
    },
    command(command) {
      if (tabs.leader) return deps.onCommand(command, tabs.id);
      post({ kind: "command", command });
      tabs.ensureLeader();
    },
  };
}
