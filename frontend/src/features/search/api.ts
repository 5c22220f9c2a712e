import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import { ApiError } from "@/api/problem";
import type { FoundPage } from "@/api/types";
import { isSearchable, queryOf, type Filters } from "./model";

/** Hits of one page. */
const PAGE = 30;

/** Attempts after a refusal that time alone heals. */
const MOST_RETRIES = 2;

/** Messages that match, page by page. `me` keeps what one user found from the next one who signs in here. */
export function messagesQuery(http: Http, me: string | undefined, filters: Filters) {
  const query = queryOf(filters);
  return infiniteQueryOptions({
    queryKey: ["search", me, query],
    enabled: isSearchable(filters.q),
    queryFn: ({ signal, pageParam }) =>
      http.get<FoundPage>("/api/v1/search/messages", {
        query: { ...query, limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    // While more is typed, what was found for less stays to be read.
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: (count, error) => count < MOST_RETRIES && error instanceof ApiError && error.retryable,
    retryDelay: (count, error) => waitOf(error) ?? 1_000 * 2 ** count,
  });
}

/** What the server asked to wait, in ms. */
export function waitOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.retryAfterMs : undefined;
}
