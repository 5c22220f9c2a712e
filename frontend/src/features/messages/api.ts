import { queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type { ReadMark, DraftVersion } from "@/api/types";
import type { ChatActions } from "@/realtime/actions";

/** The read markers of the members; live ones come on top of them. */
export function readsQuery(http: Http, conversationId: string) {
  return queryOptions({
    queryKey: ["reads", conversationId],
    queryFn: async ({ signal }) => {
      const path = `/api/v1/conversations/${conversationId}/reads`;
      return (await http.get<{ items: ReadMark[] }>(path, { signal })).items;
    },
    // Larger groups hear of no markers, so the figures are asked for again when the page is looked at.
    refetchOnWindowFocus: "always",
    staleTime: 30_000,
  });
}

/** What the server remembers of a conversation's drafts, of all devices. */
export function storedDraftsQuery(http: Http, conversationId: string) {
  return queryOptions({
    queryKey: ["drafts", conversationId],
    queryFn: async ({ signal }) =>
      (await http.get<{ items: DraftVersion[] }>(`/api/v1/conversations/${conversationId}/drafts`, { signal })).items,
    staleTime: 0,
    retry: false,
  });
}

/** What this device kept of a conversation's drafts. */
export function keptDraftsQuery(actions: ChatActions, conversationId: string) {
  return queryOptions({
    queryKey: ["kept-drafts", conversationId],
    queryFn: () => actions.earlierDrafts(conversationId),
    staleTime: 0,
    networkMode: "always",
  });
}

/** What this device knows of the way of a message. Its last steps may still be on their way into the store. */
export function journeyQuery(actions: ChatActions, clientMsgId: string) {
  return queryOptions({
    queryKey: ["journey", clientMsgId],
    // A query answers something: null where nothing is known.
    queryFn: async () => (await actions.journeyOf(clientMsgId)) ?? null,
    staleTime: 0,
    networkMode: "always",
  });
}
