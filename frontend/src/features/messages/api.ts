import { queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";

interface ReadsAnswer {
  items: { user_id: string; read_seq: number }[];
}

/** The read markers of a group's members; live ones come on top of them. */
export function readsQuery(http: Http, conversationId: string) {
  return queryOptions({
    queryKey: ["reads", conversationId],
    queryFn: async ({ signal }) => {
      const { items } = await http.get<ReadsAnswer>(`/api/v1/conversations/${conversationId}/reads`, { signal });
      return Object.fromEntries(items.map((item) => [item.user_id, item.read_seq]));
    },
    // Larger groups hear of no markers, so the figures are asked for again when the page is looked at.
    refetchOnWindowFocus: "always",
    staleTime: 30_000,
  });
}
