import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useShallow } from "zustand/react/shallow";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { messagesQuery } from "./api";
import { isSearchable, isShown, type Filters, type Hit } from "./model";

export interface MessageSearch {
  hits: Hit[];
  /** Ids of the chats that were not searched; undefined until the server has answered. */
  notSearched: string[] | undefined;
  /** Newer messages than this cannot be found yet; absent when all can. */
  asOf: string | undefined;
  /** `idle`: nothing to look for. `waiting`: the first answer is on its way. */
  status: "idle" | "waiting" | "found" | "failed";
  /** Why it failed, or why it takes so long. */
  error: unknown;
  /** What is shown was found for an earlier query. */
  outdated: boolean;
  /** No network: the question is put when there is one. */
  paused: boolean;
  more: boolean;
  /** How many pages were answered; one may be empty though there are more. */
  pages: number;
  /** The last page that was asked for did not come. */
  moreFailed: boolean;
  loadMore: () => void;
  retry: () => void;
}

/** Searches messages on the server, and keeps what was found in step with what happens meanwhile. */
export function useMessageSearch(filters: Filters): MessageSearch {
  const http = useHttp();
  const client = useChatClient();
  const me = useChat((s) => s.sync.userId);
  const live = useChat(useShallow((s) => ({ conversations: s.conversations, sync: s.sync })));
  const found = useInfiniteQuery(messagesQuery(http, me, filters));
  const { data, hasNextPage, fetchNextPage } = found;
  const enabled = isSearchable(filters.q);

  const hits = useMemo(
    () => (enabled && data ? data.pages.flatMap((page) => page.items).filter((hit) => isShown(hit, live)) : []),
    [enabled, data, live],
  );
  useEffect(() => {
    // People who have left the groups they wrote in are named by the answer alone.
    const { users } = client.store.getState();
    const unknown = data?.pages.flatMap((page) => page.users).filter((user) => !users[user.id]) ?? [];
    if (unknown.length > 0) client.applyLocal({ type: "named", users: unknown });
  }, [client, data]);

  const last = enabled ? data?.pages.at(-1) : undefined;
  return {
    hits,
    notSearched: last?.not_searched,
    asOf: last?.as_of ?? undefined,
    status: !enabled ? "idle" : data ? "found" : found.isError ? "failed" : "waiting",
    error: found.error ?? found.failureReason,
    outdated: found.isPlaceholderData,
    paused: enabled && found.fetchStatus === "paused",
    more: enabled && hasNextPage,
    pages: data?.pages.length ?? 0,
    moreFailed: found.isFetchNextPageError,
    loadMore: () => {
      if (hasNextPage) void fetchNextPage({ cancelRefetch: false });
    },
    retry: () => void found.refetch(),
  };
}
