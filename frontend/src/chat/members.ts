import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import { allPages } from "@/api/pages";
import type { Conversation, Member } from "@/api/types";

/** All members of a group. The version is in the key, so that a change of membership asks again. */
export function membersQuery(http: Http, group: Pick<Conversation, "id" | "members_version">) {
  return queryOptions({
    queryKey: ["members", group.id, group.members_version],
    queryFn: ({ signal }) => allPages<Member>(http, `/api/v1/groups/${group.id}/members`, { signal }),
    staleTime: 5 * 60_000,
    // The old members stay on screen while a new version is on its way.
    placeholderData: keepPreviousData,
  });
}
