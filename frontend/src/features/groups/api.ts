import { queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type {
  Conversation,
  GroupPreview,
  HistoryVisibility,
  JoinPolicy,
  JoinRequest,
  MemberRole,
  Page,
} from "@/api/types";

const path = (id: string) => `/api/v1/groups/${id}`;

export function createGroup(http: Http, name: string, memberIds: string[]): Promise<Conversation> {
  return http.post("/api/v1/groups", { body: { name, member_ids: memberIds } });
}

export interface GroupChange {
  name?: string;
  join_policy?: JoinPolicy;
  history_visibility?: HistoryVisibility;
  /** An uploaded image, or null for none. */
  avatar_media_id?: string | null;
}

export function changeGroup(http: Http, id: string, change: GroupChange): Promise<Conversation> {
  return http.patch(path(id), { body: change });
}

export function renewCode(http: Http, id: string): Promise<{ group_code: string }> {
  return http.post(`${path(id)}/code`);
}

export function previewQuery(http: Http, code: string) {
  return queryOptions({
    queryKey: ["group-preview", code],
    queryFn: ({ signal }) => http.get<GroupPreview>(`/api/v1/groups/by-code/${code}`, { signal }),
    retry: false,
    staleTime: 10_000,
  });
}

/** The conversation, or, where admins decide, that a request was filed. */
export type JoinAnswer = { conversation: Conversation } | { state: "requested" };

export function joinGroup(http: Http, code: string): Promise<JoinAnswer> {
  return http.post("/api/v1/groups/join", { body: { code } });
}

export function addMembers(http: Http, id: string, userIds: string[]): Promise<void> {
  return http.post(`${path(id)}/members`, { body: { user_ids: userIds } });
}

/** Kicks somebody, or leaves when it is oneself. */
export function removeMember(http: Http, id: string, userId: string): Promise<void> {
  return http.delete(`${path(id)}/members/${userId}`);
}

export function setRole(http: Http, id: string, userId: string, role: MemberRole): Promise<void> {
  return http.put(`${path(id)}/members/${userId}/role`, { body: { role } });
}

export async function joinRequests(http: Http, id: string): Promise<JoinRequest[]> {
  return (await http.get<Page<JoinRequest>>(`${path(id)}/join-requests`)).items;
}

export function answerJoinRequest(http: Http, id: string, userId: string, answer: "approve" | "reject"): Promise<void> {
  return http.post(`${path(id)}/join-requests/${userId}/${answer}`);
}
