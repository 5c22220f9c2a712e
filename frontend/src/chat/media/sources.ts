import type { Http } from "@/api/http";
import type { MediaUrl } from "@/api/types";

/** Where a media object can be loaded from. */
export interface MediaSource {
  url: string;
  thumbnailUrl?: string;
}

/** What is known of a media object: undefined while it is asked for, null when there is nothing to see any more. */
export type Known = MediaSource | null | undefined;

export interface MediaSources {
  get(id: string): Known;
  subscribe(listener: () => void): () => void;
  /** Asks for what is unknown or about to expire. */
  want(id: string): void;
  /** The source did not load. A new one is asked for, unless it is so new that another would not help: then false. */
  renew(id: string, failed: string): boolean;
  /** This device has the file itself. */
  keep(id: string, file: Blob): void;
}

export interface MediaSourcesDeps {
  http: Http;
  /** The server's clock, in milliseconds since 1970. */
  now: () => number;
  after: (ms: number, task: () => void) => void;
  objectUrl: (file: Blob) => string;
  revoke: (url: string) => void;
}

/** What one request names at most. */
const MOST_IDS = 100;

/** A source is not given out that has less than this left. */
const SLACK_MS = 20_000;

/** Own files kept for display; a lost one is loaded from the server. */
const MOST_KEPT = 30;

/** A source that keeps failing is not asked for more often than this. */
const RENEW_PAUSE_MS = 10_000;

const RETRY_MS = 5_000;

interface Held {
  source: MediaSource | null;
  /** On the server's clock. */
  expiresAt: number;
  askedAt: number;
}

/** The addresses of media objects: short-lived, asked for many at a time, kept by id until they expire. */
export function createMediaSources(deps: MediaSourcesDeps): MediaSources {
  const known = new Map<string, Held>();
  const kept = new Map<string, string>();
  const listeners = new Set<() => void>();
  let wanted = new Set<string>();
  const asking = new Set<string>();

  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  function ask(id: string): void {
    if (asking.has(id) || wanted.has(id)) return;
    if (wanted.size === 0) queueMicrotask(flush);
    wanted.add(id);
  }

  function flush(): void {
    const ids = [...wanted];
    wanted = new Set();
    for (let at = 0; at < ids.length; at += MOST_IDS) void load(ids.slice(at, at + MOST_IDS));
  }

  async function load(ids: string[]): Promise<void> {
    for (const id of ids) asking.add(id);
    try {
      const { items } = await deps.http.post<{ items: MediaUrl[] }>("/api/v1/media/urls", { body: { ids } });
      const askedAt = deps.now();
      for (const id of ids) known.set(id, { source: null, expiresAt: Number.POSITIVE_INFINITY, askedAt });
      for (const { id, url, thumbnail_url, expires_at } of items) {
        const source = { url, ...(thumbnail_url && { thumbnailUrl: thumbnail_url }) };
        known.set(id, { source, expiresAt: Date.parse(expires_at), askedAt });
      }
      for (const id of ids) asking.delete(id);
      tell();
    } catch {
      for (const id of ids) asking.delete(id);
      // Nobody looks any more: whoever does next asks anew.
      deps.after(RETRY_MS, () => {
        if (listeners.size > 0) ids.filter((id) => !known.has(id)).forEach(ask);
      });
    }
  }

  return {
    get: (id) => known.get(id)?.source,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    want(id) {
      const record = known.get(id);
      if (record && record.expiresAt > deps.now() + SLACK_MS) return;
      ask(id);
    },
    renew(id, failed) {
      const record = known.get(id);
      if (!record || record.source === null) return false;
      if (record.source.url !== failed && record.source.thumbnailUrl !== failed) return true;
      if (kept.get(id) !== failed && deps.now() - record.askedAt < RENEW_PAUSE_MS) return false;
      kept.delete(id);
      ask(id);
      return true;
    },
    keep(id, file) {
      if (kept.has(id)) return;
      const url = deps.objectUrl(file);
      kept.set(id, url);
      known.set(id, { source: { url }, expiresAt: Number.POSITIVE_INFINITY, askedAt: deps.now() });
      const [oldest] = kept;
      if (kept.size > MOST_KEPT && oldest) {
        kept.delete(oldest[0]);
        known.delete(oldest[0]);
        deps.revoke(oldest[1]);
      }
      tell();
    },
  };
}
