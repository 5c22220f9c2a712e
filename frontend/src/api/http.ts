import { ApiError, networkError, readProblem } from "./problem";

/** Where requests get their bearer token from. */
export interface TokenSource {
  /** A token that is not known to be expired, or null when nobody is signed in. */
  token(): Promise<string | null>;
  /** A token newer than `refused`, or null when the session is over. */
  renew(refused: string): Promise<string | null>;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Lets the request outlive the page, for the last save of a draft. */
  keepalive?: boolean;
}

export interface Http {
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  post<T>(path: string, options?: RequestOptions): Promise<T>;
  put<T>(path: string, options?: RequestOptions): Promise<T>;
  patch<T>(path: string, options?: RequestOptions): Promise<T>;
  delete<T>(path: string, options?: RequestOptions): Promise<T>;
}

export interface HttpDeps {
  tokens: TokenSource;
  fetch?: typeof fetch;
  /** Empty in a page; tests give an origin. */
  baseUrl?: string;
  now?: () => number;
}

/**
 * The REST client. A failed call throws {@link ApiError}. A 401 renews the token once and repeats the request; nothing
 * else is repeated here, because only the caller knows whether its request may run twice.
 */
export function createHttp(deps: HttpDeps): Http {
  const send = deps.fetch ?? globalThis.fetch.bind(globalThis);
  const now = deps.now ?? Date.now;
  const authorized = authorizedFetch(send, deps.tokens);

  async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const headers = new Headers({ accept: "application/json" });
    const init: RequestInit = { method, headers };
    if (options.signal) init.signal = options.signal;
    if (options.keepalive) init.keepalive = true;
    if (options.body !== undefined) {
      headers.set("content-type", "application/json");
      init.body = JSON.stringify(options.body);
    }
    const url = (deps.baseUrl ?? "") + path + queryString(options.query);
    let response: Response;
    try {
      response = await authorized(url, init);
    } catch (cause) {
      if (options.signal?.aborted || cause instanceof ApiError) throw cause;
      throw networkError(cause);
    }
    if (!response.ok) throw await readProblem(response, now());
    if (response.status === 204 || response.status === 205) return undefined as T;
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  return {
    get: (path, options) => request("GET", path, options),
    post: (path, options) => request("POST", path, options),
    put: (path, options) => request("PUT", path, options),
    patch: (path, options) => request("PATCH", path, options),
    delete: (path, options) => request("DELETE", path, options),
  };
}

type AuthorizedFetch = (url: string, init: RequestInit) => Promise<Response>;

function authorizedFetch(send: typeof fetch, tokens: TokenSource): AuthorizedFetch {
  return async (url, init) => {
    const token = await tokens.token();
    const first = await send(url, withBearer(init, token));
    if (first.status !== 401 || token === null) return first;
    const renewed = await tokens.renew(token);
    if (renewed === null || renewed === token) return first;
    await first.body?.cancel();
    return send(url, withBearer(init, renewed));
  };
}

function withBearer(init: RequestInit, token: string | null): RequestInit {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  return { ...init, headers };
}

function queryString(query: Query | undefined): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}
