import type { Clock } from "./clock";

/**
 * The tabs of one browser profile share one session: one of them, the leader, refreshes the token, holds the socket and
 * sends; the others ask it. Leadership is a Web Lock, so it passes on by itself when the leader's page goes.
 */
export interface Tabs {
  readonly id: string;
  readonly leader: boolean;
  start(): void;
  /** Gives leadership back and stops listening. */
  stop(): void;
  /** Called with every change, and at once when this tab leads already. */
  onLead(listener: (leader: boolean) => void): () => void;
  /** To every other tab, or to one. Never to itself. */
  post(topic: string, body: unknown, to?: string): void;
  on<T>(topic: string, listener: (body: T, from: string) => void): () => void;
  /**
   * Makes sure that a leader answers. A leader that stays silent for 2 s is frozen or stuck: a visible tab takes its
   * place, a hidden one leaves that to a visible one.
   */
  ensureLeader(): void;
}

/** The part of `navigator.locks` that is used. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    hold: () => Promise<void>,
  ): Promise<unknown>;
}

/** The part of `BroadcastChannel` that is used. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface TabsDeps {
  /** Undefined where the browser has no Web Locks: then every tab leads itself. */
  locks: Locks | undefined;
  channel: Channel;
  clock: Clock;
  id: string;
  visible: () => boolean;
}

interface Envelope {
  topic: string;
  from: string;
  to?: string;
  body: unknown;
}

const LOCK = "kith-leader";
const TOPIC = "tabs";

/** How long a visible tab waits for the leader's answer. */
export const LEADER_SILENCE_MS = 2_000;

/** How often a visible follower looks whether the leader still answers. */
export const LEADER_CHECK_MS = 5_000;

type Signal = { kind: "ping" } | { kind: "pong" };

export function createTabs(deps: TabsDeps): Tabs {
  const { channel, clock } = deps;
  const leadListeners = new Set<(leader: boolean) => void>();
  const topics = new Map<string, Set<(body: unknown, from: string) => void>>();
  let leader = false;
  let stopped = false;
  let release: (() => void) | undefined;
  let queued: AbortController | undefined;
  let cancelSilence: (() => void) | undefined;
  let cancelCheck: (() => void) | undefined;

  function setLeader(next: boolean) {
    if (leader === next) return;
    leader = next;
    if (next) {
      heard();
      cancelCheck?.();
    } else check();
    for (const listener of [...leadListeners]) listener(next);
  }

  /** Waits for the lock in turn, or takes it from its holder. */
  function request(steal: boolean) {
    if (stopped) return;
    if (!deps.locks) {
      setLeader(true);
      return;
    }
    queued?.abort();
    const controller = new AbortController();
    queued = controller;
    // `steal` and `signal` exclude each other in the Web Locks API.
    const options = steal ? { steal: true } : { signal: controller.signal };
    let mine: (() => void) | undefined;
    deps.locks
      .request(LOCK, options, () => {
        if (stopped || queued !== controller) return Promise.resolve();
        return new Promise<void>((resolve) => {
          mine = resolve;
          release = resolve;
          setLeader(true);
        });
      })
      .catch(() => {
        // Aborted by ourselves, or the lock was stolen from us: then we queue again behind the thief.
        if (mine === undefined || release !== mine) return;
        release = undefined;
        setLeader(false);
        request(false);
      });
  }

  function post(topic: string, body: unknown, to?: string) {
    const envelope: Envelope = { topic, from: deps.id, body };
    if (to !== undefined) envelope.to = to;
    channel.postMessage(envelope);
  }

  function heard() {
    cancelSilence?.();
    cancelSilence = undefined;
  }

  function ensureLeader() {
    if (leader || stopped || cancelSilence) return;
    post(TOPIC, { kind: "ping" } satisfies Signal);
    cancelSilence = clock.after(LEADER_SILENCE_MS, () => {
      cancelSilence = undefined;
      if (!leader && deps.visible()) request(true);
    });
  }

  /** Followers only. */
  function check() {
    cancelCheck?.();
    cancelCheck = clock.after(LEADER_CHECK_MS, () => {
      if (deps.visible()) ensureLeader();
      check();
    });
  }

  function receive(event: MessageEvent) {
    const envelope = event.data as Envelope;
    if (stopped || envelope.from === deps.id || (envelope.to !== undefined && envelope.to !== deps.id)) return;
    if (envelope.topic === TOPIC) {
      const signal = envelope.body as Signal;
      if (signal.kind === "ping" && leader) post(TOPIC, { kind: "pong" } satisfies Signal);
      if (signal.kind === "pong") heard();
      return;
    }
    for (const listener of [...(topics.get(envelope.topic) ?? [])]) listener(envelope.body, envelope.from);
  }

  return {
    id: deps.id,
    get leader() {
      return leader;
    },
    start() {
      channel.onmessage = receive;
      check();
      request(false);
    },
    stop() {
      if (stopped) return;
      setLeader(false);
      stopped = true;
      heard();
      cancelCheck?.();
      queued?.abort();
      release?.();
      channel.close();
    },
    onLead(listener) {
      leadListeners.add(listener);
      if (leader) listener(true);
      return () => leadListeners.delete(listener);
    },
    post,
    on<T>(topic: string, listener: (body: T, from: string) => void) {
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners);
      const wrapped = (body: unknown, from: string) => listener(body as T, from);
      listeners.add(wrapped);
      return () => listeners.delete(wrapped);
    },
    ensureLeader,
  };
}

/** The tabs of this browser. */
export function browserTabs(clock: Clock): Tabs {
  return createTabs({
    // An insecure origin has no `navigator.locks`, whatever the DOM types say.
    locks: (navigator.locks as LockManager | undefined) && browserLocks(navigator.locks),
    channel: new BroadcastChannel("kith"),
    clock,
    id: crypto.randomUUID(),
    visible: () => document.visibilityState === "visible",
  });
}

function browserLocks(locks: LockManager): Locks {
  return { request: (name, options, hold) => locks.request(name, options, hold) };
}
