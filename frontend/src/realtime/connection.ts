import { ApiError } from "@/api/problem";
import type { SyncAnswer, SyncRequest, WireEvent } from "@/api/types";
import { reconnectDelay } from "./backoff";
import type { Core } from "./core";
import type { ConnectionPhase } from "./state";
import type { Closed, Link, Transport } from "./transport";

/** The leader's way to the server: attach, catch up, stay; and come back when it breaks. */
export interface Connection {
  start(): void;
  stop(): void;
  /** Undefined while not live: then nothing can be sent. */
  link(): Link | undefined;
  /** Re-authenticates the open socket. */
  renew(token: string): void;
  /** Asks `/sync` again on a live socket. */
  resync(): void;
  /** The network came back or the page became visible: no more waiting. */
  wake(): void;
  /** The socket does not answer: come back by a new one. */
  drop(): void;
}

export interface ConnectionDeps {
  core: Pick<Core, "state" | "http" | "clock" | "random" | "share">;
  transport: Transport;
  tokens: { token(): Promise<string | null>; renew(refused: string): Promise<string | null> };
  online: () => boolean;
  onLive(): void;
  onClosed(): void;
  /** The account waits for its deletion, and until it is restored the server lets nobody on. */
  onDeleting(): void;
  onSync(answer: SyncAnswer): void;
  onReceipt(receipt: string, headers: Record<string, string>): void;
  onError(event: Extract<WireEvent, { type: "error" }>): void;
}

/** Events kept while `/sync` is asked; more are dropped and asked for again. */
const MAX_BUFFERED = 512;

/** A connection that lasted this long starts the backoff anew. */
const STABLE_MS = 60_000;

/** A page that becomes visible again does not ask twice within this. */
const RESYNC_PAUSE_MS = 5_000;

const DELETING = "account_deleting";

/** Attempts that fail, and the pauses between them, are one spell without a connection: it is told and dated as one. */
function isSameSpell(before: ConnectionPhase, after: ConnectionPhase): boolean {
  if (after === "offline") return before === "offline";
  const away = (phase: ConnectionPhase) => phase === "connecting" || phase === "resuming" || phase === "offline";
  return away(before) && away(after);
}

export function createConnection(deps: ConnectionDeps): Connection {
  const { core } = deps;
  let running = false;
  let attempt = 0;
  let failures = 0;
  let current: Link | undefined;
  let live = false;
  let syncing = false;
  let syncAgain = false;
  let lastSyncAt = 0;
  /** Whether the server has told all its read markers since this tab leads. */
  let heardMarkers = false;
  let cancelRetry: (() => void) | undefined;
  let cancelStable: (() => void) | undefined;

  function setPhase(phase: ConnectionPhase, extra: { retryAt?: number; upToDateAt?: number } = {}): void {
    const { phase: before, since, upToDateAt } = core.state.getState().connection;
    core.share({
      type: "connection",
      connection: {
        phase,
        since: isSameSpell(before, phase) ? since : core.clock.now(),
        ...(upToDateAt !== undefined && { upToDateAt }),
        ...extra,
      },
    });
  }

  function hearClock(serverTime: string | undefined): void {
    const clockOffsetMs = Date.parse(serverTime ?? "") - core.clock.now();
    if (Number.isNaN(clockOffsetMs)) return;
    const { leader: _leader, ...connection } = core.state.getState().connection;
    core.share({ type: "connection", connection, clockOffsetMs });
  }

  async function connect(): Promise<void> {
    cancelRetry?.();
    cancelRetry = undefined;
    const mine = (attempt += 1);
    // `navigator.onLine` only names the trouble: without a network a server on this machine still answers.
    setPhase(failures > 0 && !deps.online() ? "offline" : "connecting");
    let token: string | null;
    try {
      token = await deps.tokens.token();
    } catch (error) {
      if (mine === attempt && running) retry(error instanceof ApiError ? error.retryAfterMs : undefined);
      return;
    }
    if (mine !== attempt || !running) return;
    if (token === null) return end();
    attach(token, mine);
  }

  /** Attach first, then ask for the state, then apply what came in between: no gap can open. */
  function attach(token: string, mine: number): void {
    let buffer: WireEvent[] | undefined = [];
    let overflow = false;
    const link = deps.transport(token, {
      onConnected(headers) {
        if (mine !== attempt) return;
        setPhase("resuming");
        hearClock(headers["server-time"]);
        void catchUp(mine, link, () => {
          const waiting = buffer ?? [];
          buffer = undefined;
          for (const event of waiting) receive(event);
          if (overflow) resync();
        });
      },
      onEvent(event) {
        if (mine !== attempt) return;
        if (!buffer) receive(event);
        else if (event.type === "session" || event.type === "error") receive(event);
        else if (buffer.length < MAX_BUFFERED) buffer.push(event);
        else overflow = true;
      },
      onReceipt(receipt, headers) {
        if (mine === attempt) deps.onReceipt(receipt, headers);
      },
      onClosed(closed) {
        if (mine === attempt) void lost(closed, token);
      },
    });
    current = link;
  }

  async function catchUp(mine: number, link: Link, applyBuffer: () => void): Promise<void> {
    try {
      await sync(() => mine === attempt);
    } catch (error) {
      if (mine !== attempt) return;
      attempt += 1;
      link.close();
      current = undefined;
      deps.onClosed();
      if (error instanceof ApiError && error.code === DELETING) deps.onDeleting();
      retry(error instanceof ApiError ? error.retryAfterMs : undefined);
      return;
    }
    if (mine !== attempt) return;
    applyBuffer();
    live = true;
    setPhase("live", { upToDateAt: core.clock.now() });
    cancelStable = core.clock.after(STABLE_MS, () => {
      failures = 0;
    });
    deps.onLive();
  }

  async function sync(wanted: () => boolean): Promise<void> {
    const { sync: known } = core.state.getState();
    const asked = { ...known.positions };
    const body: SyncRequest = {
      conversations: asked,
      user_seq: known.userSeq,
      ...(known.epoch !== undefined && { epoch: known.epoch }),
      // Once all of them: a marker that was lost with the last page or leader did not move at the server, which would
      // therefore not name it among those that moved since.
      ...(heardMarkers && known.serverTime !== undefined && { markers_since: known.serverTime }),
    };
    lastSyncAt = core.clock.now();
    const answer = await core.http.post<SyncAnswer>("/api/v1/sync", { body });
    if (!wanted()) return;
    heardMarkers = true;
    core.share({ type: "sync", asked, answer, at: core.clock.now() });
    deps.onSync(answer);
  }

  function resync(): void {
    if (!live) return;
    if (syncing) {
      syncAgain = true;
      return;
    }
    syncing = true;
    const mine = attempt;
    sync(() => mine === attempt && live)
      // The socket is live, so what is missing shows in the next heads and is asked for again.
      .catch(() => undefined)
      .finally(() => {
        syncing = false;
        const again = syncAgain;
        syncAgain = false;
        if (again) resync();
      });
  }

  function receive(event: WireEvent): void {
    if (event.type === "error") deps.onError(event);
    core.share({ type: "wire", event, arrived: true });
    if (event.type === "session" && event.action !== "deleting") end();
  }

  async function lost(closed: Closed, token: string): Promise<void> {
    detach();
    if (!running) return;
    if (closed.error === "unauthenticated") {
      const mine = attempt;
      const renewed = await deps.tokens.renew(token).catch(() => undefined);
      // A wake-up may have begun another attempt meanwhile: two sockets would be one too many.
      if (mine !== attempt || !running) return;
      if (renewed === null) return end();
      // One try at once with the new token; a second refusal waits its turn.
      if (renewed !== undefined && failures === 0) {
        failures = 1;
        return connect();
      }
    }
    if (closed.error === DELETING) deps.onDeleting();
    retry(closed.retryAfterMs);
  }

  function retry(afterMs?: number): void {
    if (!running) return;
    failures += 1;
    const delay = afterMs ?? reconnectDelay(failures, core.random);
    setPhase(deps.online() ? "connecting" : "offline", { retryAt: core.clock.now() + delay });
    cancelRetry?.();
    cancelRetry = core.clock.after(delay, () => void connect());
  }

  function detach(): void {
    attempt += 1;
    live = false;
    current = undefined;
    cancelStable?.();
    deps.onClosed();
  }

  /** Signed out or refused: no further attempts until somebody signs in. */
  function end(): void {
    const link = current;
    detach();
    running = false;
    link?.close();
    cancelRetry?.();
    setPhase("closed");
  }

  return {
    start() {
      if (running) return;
      running = true;
      heardMarkers = false;
      failures = 0;
      void connect();
    },
    stop() {
      running = false;
      cancelRetry?.();
      const link = current;
      if (link || live) detach();
      else attempt += 1;
      link?.close();
    },
    link: () => (live ? current : undefined),
    renew(token) {
      if (live) current?.send("/app/token", { access_token: token });
    },
    resync,
    wake() {
      if (!running) return;
      // The clock may have been set back since.
      if (live && Math.abs(core.clock.now() - lastSyncAt) >= RESYNC_PAUSE_MS) resync();
      else if (!current) void connect();
    },
    drop() {
      const link = current;
      if (!running || !link) return;
      detach();
      link.close();
      retry();
    },
  };
}
