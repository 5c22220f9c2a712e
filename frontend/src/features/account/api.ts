import { queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type { DataExport, User } from "@/api/types";

/** Sets the account password, or changes it: then `current` is asked for unless a new sign-in stands in for it. */
export function setPassword(http: Http, change: { current?: string; new: string }): Promise<void> {
  return http.put("/api/v1/me/password", { body: change });
}

/** Marks the account for deletion; until the time in the profile that is answered it can be restored. */
export function deleteAccount(http: Http, password: string | undefined): Promise<User> {
  return http.delete("/api/v1/me", { body: { ...(password !== undefined && { password }) } });
}

export function restoreAccount(http: Http): Promise<User> {
  return http.post("/api/v1/me/restore", { body: {} });
}

/** How often the page looks whether an archive is ready. */
const LOOK_AGAIN_MS = 3_000;

export function exportQuery(http: Http) {
  return queryOptions({
    queryKey: ["export"],
    queryFn: ({ signal }) => http.get<DataExport>("/api/v1/me/export", { signal }),
    refetchInterval: ({ state }) => (state.data?.state === "preparing" ? LOOK_AGAIN_MS : false),
  });
}

export function requestExport(http: Http): Promise<DataExport> {
  return http.post("/api/v1/me/export", { body: {} });
}
