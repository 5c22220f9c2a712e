import { createStore, type StoreApi } from "zustand/vanilla";
import type { TokenSource } from "@/api/http";
import { ApiError, networkError, readProblem } from "@/api/problem";
import type { TokenAnswer } from "@/api/types";
import type { Clock } from "@/realtime/clock";
import type { Tabs } from "@/realtime/tabs";

/**
 * The access token lives in memory only. The leader tab fetches it with the HttpOnly cookie, renews it before it ends
 * and hands it to the other tabs, so that however many are open one refresh token is spent at a time.
 */
export interface Session extends TokenSource {
  store: StoreApi<SessionState>;
  start(): void;
  stop(): void;
  /** Called with every new token in every tab, so that the open socket can be re-authenticated. */
  onToken(listener: (token: string) => void): () => void;
  /** Called when the session is over, whoever ended it. */
  onEnd(listener: () => void): () => void;
  /**
   * Ends the device at the server. Rejects when the server does not answer: the refresh cookie, which no script can
   * delete, would sign in again at the next start.
   */
  signOut(): Promise<void>;
  /** The server ended the session; the other tabs are told. */
  end(reason?: SessionEndReason): void;
}

export interface SessionEndReason {
  code: string;
  detail?: string;
}

export interface SessionState {
  /** `unreachable`: whether somebody is signed in could not be found out; it is tried again. */
  status: "starting" | "signed_in" | "signed_out" | "unreachable";
  userId?: string;
  deviceId?: string;
  reason?: SessionEndReason;
}

export interface SessionDeps {
  tabs: Tabs;
  clock: Clock;
  fetch?: typeof fetch;
  baseUrl?: string;
}

interface Token {
  value: string;
  /** Milliseconds of this machine's clock, which the tabs share. */
  expiresAt: number;
  renewAt: number;
  userId: string;
  deviceId: string;
}

type Message =
  | { kind: "want"; refused?: string }
  | { kind: "token"; token: Token }
  | { kind: "ended"; reason?: SessionEndReason }
  | { kind: "failed"; status: number; code: string };

const TOPIC = "session";

/** Share of a token's life after which it is renewed: 12 of 15 minutes. */
const RENEW_AT = 0.8;

/** A token this close to its end is not used for a new request. */
const LEEWAY_MS = 5_000;

/** How long a follower waits for the leader's word before it tells its caller that nobody answered. */
const FOLLOWER_PATIENCE_MS = 20_000;

/** Longest pause between attempts while the server does not answer. */
const MAX_RETRY_MS = 60_000;

export function createSession(deps: SessionDeps): Session {
  const { tabs, clock } = deps;
  const send = deps.fetch ?? globalThis.fetch.bind(globalThis);
  const store = createStore<SessionState>(() => ({ status: "starting" }));
  const tokenListeners = new Set<(token: string) => void>();
  const waiters = new Set<(result: Token | null | ApiError) => void>();
  const undo: (() => void)[] = [];
  let token: Token | undefined;
  let refreshing: Promise<Token | null> | undefined;
  let cancelRenewal: (() => void) | undefined;
  let failures = 0;

  function adopt(next: Token) {
    const fresh = token?.value !== next.value;
    token = next;
    failures = 0;
    store.setState({ status: "signed_in", userId: next.userId, deviceId: next.deviceId }, true);
    if (tabs.leader) renewAt(next.renewAt);
    answerWaiters(next);
    if (fresh) for (const listener of [...tokenListeners]) listener(next.value);
  }

  function forget(reason?: SessionEndReason) {
    token = undefined;
    cancelRenewal?.();
    store.setState(reason ? { status: "signed_out", reason } : { status: "signed_out" }, true);
    answerWaiters(null);
  }

  function answerWaiters(result: Token | null | ApiError) {
    for (const waiter of [...waiters]) waiter(result);
  }

  function renewAt(at: number) {
    cancelRenewal?.();
    cancelRenewal = clock.after(Math.max(0, at - clock.now()), () => {
      if (tabs.leader) void refresh().catch(() => undefined);
    });
  }

  /** Leader only. One request at a time; every caller gets its answer. */
  function refresh(): Promise<Token | null> {
    refreshing ??= requestToken()
      .then((next) => {
        if (next) {
          adopt(next);
          tabs.post(TOPIC, { kind: "token", token: next } satisfies Message);
        }
        return next;
      })
      .catch((error: unknown) => {
        throw failed(error instanceof ApiError ? error : networkError(error));
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  /** No answer says nothing about the session: the token stays while it is valid and the attempt is repeated. */
  function failed(error: ApiError): ApiError {
    failures += 1;
    if (!token) store.setState({ status: "unreachable" }, true);
    renewAt(clock.now() + (error.retryAfterMs ?? Math.min(MAX_RETRY_MS, 1000 * 2 ** failures)));
    tabs.post(TOPIC, { kind: "failed", status: error.status, code: error.code } satisfies Message);
    answerWaiters(error);
    return error;
  }

  async function requestToken(): Promise<Token | null> {
    const startedAt = clock.now();
    const response = await send(`${deps.baseUrl ?? ""}/auth/refresh`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: "{}",
    });
    if (response.ok) return tokenOf((await response.json()) as TokenAnswer, startedAt);
    const error = await readProblem(response, clock.now());
    if (error.retryable) throw error;
    // 401: nobody is signed in here. 403: suspended or banned.
    end(
      error.code === "unauthenticated"
        ? undefined
        : { code: error.code, ...(error.detail && { detail: error.detail }) },
    );
    return null;
  }

  async function logOut(bearer: string): Promise<Response> {
    const headers = { authorization: `Bearer ${bearer}`, accept: "application/json" };
    const init: RequestInit = { method: "POST", credentials: "same-origin", headers };
    return send(`${deps.baseUrl ?? ""}/auth/logout`, init).catch((cause: unknown) => {
      throw networkError(cause);
    });
  }

  /** A token of another tab, which only the leader gives. */
  function askLeader(refused?: string): Promise<Token | null> {
    return new Promise((resolve, reject) => {
      const done = (result: Token | null | ApiError) => {
        if (result instanceof ApiError) {
          finish();
          reject(result);
        } else if (result?.value !== refused || result === null) {
          finish();
          resolve(result);
        }
      };
      const cancel = clock.after(FOLLOWER_PATIENCE_MS, () => done(networkError(new Error("no leader answered"))));
      const finish = () => {
        cancel();
        waiters.delete(done);
      };
      waiters.add(done);
      tabs.post(TOPIC, { kind: "want", ...(refused !== undefined && { refused }) } satisfies Message);
      tabs.ensureLeader();
    });
  }

  function valid(refused?: string): Token | undefined {
    return token && token.value !== refused && token.expiresAt - LEEWAY_MS > clock.now() ? token : undefined;
  }

  async function obtain(refused?: string): Promise<string | null> {
    const current = valid(refused);
    if (current) return current.value;
    if (store.getState().status === "signed_out") return null;
    const next = await (tabs.leader ? refresh() : askLeader(refused));
    return next?.value ?? null;
  }

  function end(reason?: SessionEndReason) {
    forget(reason);
    tabs.post(TOPIC, { kind: "ended", ...(reason && { reason }) } satisfies Message);
  }

  function receive(message: Message, from: string) {
    switch (message.kind) {
      case "want": {
        if (!tabs.leader) return;
        const current = valid(message.refused);
        if (current) tabs.post(TOPIC, { kind: "token", token: current } satisfies Message, from);
        else void refresh().catch(() => undefined);
        return;
      }
      case "token":
        return adopt(message.token);
      case "ended":
        return forget(message.reason);
      case "failed":
        if (!token) store.setState({ status: "unreachable" }, true);
        answerWaiters(new ApiError({ status: message.status, code: message.code }));
    }
  }

  function lead(leader: boolean) {
    if (!leader) return cancelRenewal?.();
    const current = valid();
    if (current) {
      renewAt(current.renewAt);
      answerWaiters(current);
    }
    // Who still waits had this very token refused.
    if (!current || waiters.size > 0) void refresh().catch(() => undefined);
  }

  return {
    store,
    token: () => obtain(),
    renew: (refused) => obtain(refused),
    start() {
      undo.push(tabs.on<Message>(TOPIC, receive), tabs.onLead(lead));
      if (!tabs.leader) tabs.post(TOPIC, { kind: "want" } satisfies Message);
    },
    stop() {
      cancelRenewal?.();
      for (const step of undo.splice(0)) step();
    },
    onToken(listener) {
      tokenListeners.add(listener);
      if (token) listener(token.value);
      return () => tokenListeners.delete(listener);
    },
    onEnd(listener) {
      return store.subscribe((state, before) => {
        if (state.status === "signed_out" && before.status !== "signed_out") listener();
      });
    },
    async signOut() {
      const used = await obtain();
      let response = used === null ? undefined : await logOut(used);
      if (response?.status === 401 && used !== null) {
        const renewed = await obtain(used);
        response = renewed === null ? undefined : await logOut(renewed);
      }
      // 401 after a renewal: the device is gone already.
      if (response && !response.ok && response.status !== 401) throw await readProblem(response, clock.now());
      end();
    },
    end,
  };
}

function tokenOf(answer: TokenAnswer, startedAt: number): Token {
  const claims = claimsOf(answer.access_token);
  return {
    value: answer.access_token,
    expiresAt: startedAt + answer.expires_in * 1000,
    renewAt: startedAt + answer.expires_in * 1000 * RENEW_AT,
    userId: claims.sub,
    deviceId: claims.sid,
  };
}

/** Reads the claims of a JWT without checking it: the server does that, this page only needs the names. */
function claimsOf(jwt: string): { sub: string; sid: string } {
  const payload = jwt.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as { sub: string; sid: string };
}
