import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type { MediaKind, MediaPage } from "@/api/types";

const PAGE = 60;

/** Entries with media, newest first, of one kind or of all. */
export function mediaQuery(http: Http, conversationId: string, kind?: MediaKind) {
  return infiniteQueryOptions({
    queryKey: ["media", conversationId, kind ?? "all"],
    queryFn: ({ signal, pageParam }) =>
      http.get<MediaPage>(`/api/v1/conversations/${conversationId}/media`, {
        query: { kind, before: pageParam, limit: PAGE },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
}
