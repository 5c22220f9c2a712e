import { useCallback, useEffect, useSyncExternalStore } from "react";
import { useChatClient, useHttp } from "@/app/chat";
import type { Http } from "@/api/http";
import type { ChatClient } from "@/realtime/client";
import { createMediaSources, type Known, type MediaSources } from "./sources";

/** One for each signed-in user, for as long as the page is theirs. */
const made = new WeakMap<ChatClient, MediaSources>();

function sourcesOf(client: ChatClient, http: Http): MediaSources {
  const known = made.get(client);
  if (known) return known;
  const sources = createMediaSources({
    http,
    now: () => Date.now() + client.store.getState().clockOffsetMs,
    after: (ms, task) => setTimeout(task, ms),
    objectUrl: (file) => URL.createObjectURL(file),
    revoke: (url) => URL.revokeObjectURL(url),
  });
  made.set(client, sources);
  return sources;
}

export function useMediaSources(): MediaSources {
  return sourcesOf(useChatClient(), useHttp());
}

/** Where a media object is to be loaded from, and what to call when that did not load; false means that it never will. */
export function useMediaSource(id: string | undefined): { source: Known; onFailed: (url: string) => boolean } {
  const sources = useMediaSources();
  const source = useSyncExternalStore(sources.subscribe, () => (id === undefined ? undefined : sources.get(id)));
  useEffect(() => {
    if (id !== undefined) sources.want(id);
  }, [sources, id]);
  const onFailed = useCallback((url: string) => id !== undefined && sources.renew(id, url), [sources, id]);
  return { source, onFailed };
}

/** Keeps showing an own file once the server has it too. */
export function useKeptFile(id: string | undefined, file: Blob | undefined): void {
  const sources = useMediaSources();
  useEffect(() => {
    if (id !== undefined && file) sources.keep(id, file);
  }, [sources, id, file]);
}
