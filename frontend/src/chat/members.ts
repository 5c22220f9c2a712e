import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type { Conversation, Member, Page } from "@/api/types";

/** The server's largest page. */
const PAGE = 100;

/** All members of a group. The version is in the key, so that a change of membership asks again. */
export function membersQuery(http: Http, group: Pick<Conversation, "id" | "members_version">) {
  return queryOptions({
    queryKey: ["members", group.id, group.members_version],
    queryFn: async ({ signal }) => {
      const members: Member[] = [];
      let cursor: string | null | undefined;
      do {
        const page: Page<Member> = await http.get(`/api/v1/groups/${group.id}/members`, {
          query: { limit: PAGE, cursor },
          signal,
        });
        members.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return members;
    },
    staleTime: 5 * 60_000,
    // The old members stay on screen while a new version is on its way.
    placeholderData: keepPreviousData,
  });
}
