import { queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type { Conversation, FriendRequest, User } from "@/api/types";

/** Open requests one may have. */
export const MOST_OPEN_REQUESTS = 50;

export function userByCodeQuery(http: Http, code: string) {
  return queryOptions({
    queryKey: ["user-by-code", code],
    queryFn: ({ signal }) => http.get<User>(`/api/v1/users/by-code/${code}`, { signal }),
    retry: false,
    staleTime: 10_000,
  });
}

export function userQuery(http: Http, id: string) {
  return queryOptions({
    queryKey: ["user", id],
    queryFn: ({ signal }) => http.get<User>(`/api/v1/users/${id}`, { signal }),
    staleTime: 60_000,
  });
}

export function requestFriend(http: Http, code: string): Promise<FriendRequest> {
  return http.post("/api/v1/friend-requests", { body: { friend_code: code } });
}

/** Answers the request as it is now, where the server says so. */
export function answerRequest(http: Http, id: string, answer: "accept" | "reject" | "cancel"): Promise<void> {
  return http.post(`/api/v1/friend-requests/${id}/${answer}`);
}

export function unfriend(http: Http, userId: string): Promise<void> {
  return http.delete(`/api/v1/friends/${userId}`);
}

export function renewFriendCode(http: Http): Promise<{ friend_code: string }> {
  return http.post("/api/v1/me/friend-code");
}

export function directWith(http: Http, userId: string): Promise<Conversation> {
  return http.post("/api/v1/conversations/direct", { body: { user_id: userId } });
}
