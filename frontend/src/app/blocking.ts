import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Http } from "@/api/http";
import { allPages } from "@/api/pages";
import type { User } from "@/api/types";
import { useChatClient, useHttp } from "./chat";

/** Everybody the user has blocked; who they are changes with the ids in `blocked` of the live state. */
export function blocksQuery(http: Http, blocked: Record<string, true>) {
  return queryOptions({
    queryKey: ["blocks", Object.keys(blocked).sort()],
    queryFn: ({ signal }) => allPages<User>(http, "/api/v1/blocks", { signal }),
    // The shorter or longer list takes the place of the old one when it is there.
    placeholderData: keepPreviousData,
  });
}

/** Blocks or unblocks somebody, for all tabs of this browser at once. Rejects with {@link ApiError}. */
export function useBlocking(): (userId: string, blocked: boolean) => Promise<void> {
  const http = useHttp();
  const client = useChatClient();
  const queries = useQueryClient();
  return useCallback(
    async (userId, blocked) => {
      const path = `/api/v1/blocks/${userId}`;
      await (blocked ? http.put(path) : http.delete(path));
      client.applyLocal({ type: "block", user_id: userId, blocked });
      // Friendship does not outlive a block.
      if (blocked) client.applyLocal({ type: "friend_removed", user_id: userId });
      await queries.invalidateQueries({ queryKey: ["user", userId] });
    },
    [http, client, queries],
  );
}
