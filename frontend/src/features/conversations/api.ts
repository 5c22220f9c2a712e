import type { Http } from "@/api/http";
import type { Conversation } from "@/api/types";

/** Gets or creates the direct conversation with a friend. */
export function openDirect(http: Http, userId: string): Promise<Conversation> {
  return http.post<Conversation>("/api/v1/conversations/direct", { body: { user_id: userId } });
}

export function leaveGroup(http: Http, conversationId: string, me: string): Promise<void> {
  return http.delete(`/api/v1/groups/${conversationId}/members/${me}`);
}
