import { useEffect } from "react";
import { wordsOf, type Filters, type Hit } from "./model";
import { useMessageSearch, type MessageSearch } from "./useMessageSearch";

export interface HitsInChat extends Pick<MessageSearch, "status" | "error" | "paused" | "outdated"> {
  /** How many are known; there may be more. */
  count: number;
  more: boolean;
  /** Place of the open one, from 0 for the newest; -1 while it is not known. */
  index: number;
  newest: Hit | undefined;
  older: Hit | undefined;
  newer: Hit | undefined;
  /** What is marked in the open one. */
  words: string[];
  /** The chat is encrypted, so nobody but its members can search it. */
  unsearchable: boolean;
}

/** The hits of one chat from the newest to the oldest, and where among them `at` is. */
export function useHitsInChat(filters: Filters & { chat: string }, at: number | undefined): HitsInChat {
  const { hits, more, moreFailed, loadMore, notSearched, ...rest } = useMessageSearch({ ...filters, sort: "newest" });
  const index = hits.findIndex((hit) => hit.entry.seq === at);
  // The next step needs the next page, and an old hit that was opened from elsewhere lies on a later one.
  const wanting = more && !moreFailed && (index === hits.length - 1 || (index < 0 && isBelow(at, hits)));
  useEffect(() => {
    if (wanting) loadMore();
  });
  return {
    ...rest,
    count: hits.length,
    more,
    index,
    newest: hits[0],
    older: index < 0 ? undefined : hits[index + 1],
    newer: index < 0 ? undefined : hits[index - 1],
    words: wordsOf(hits[index]),
    unsearchable: notSearched?.includes(filters.chat) ?? false,
  };
}

function isBelow(at: number | undefined, hits: Hit[]): boolean {
  const last = hits.at(-1);
  return at !== undefined && last !== undefined && at < last.entry.seq;
}
