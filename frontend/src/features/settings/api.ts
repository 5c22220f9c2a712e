import { queryOptions } from "@tanstack/react-query";
import type { Http } from "@/api/http";
import type { Device, Gender, Page, User } from "@/api/types";

export interface ProfileChange {
  username?: string;
  introduction?: string | null;
  gender?: Gender | null;
  gender_shared?: boolean;
  /** An uploaded image, or null for none. */
  avatar_media_id?: string | null;
}

export function changeProfile(http: Http, change: ProfileChange): Promise<User> {
  return http.patch("/api/v1/me", { body: change });
}

export function devicesQuery(http: Http) {
  return queryOptions({
    queryKey: ["devices"],
    queryFn: async ({ signal }) => (await http.get<Page<Device>>("/api/v1/me/devices", { signal })).items,
  });
}

/** The account password where one is set; a sign-in of the last minutes stands in for it. */
export function signOutDevice(http: Http, id: string, password: string | undefined): Promise<void> {
  return http.delete(`/api/v1/me/devices/${id}`, { body: passwordBody(password) });
}

export function signOutOthers(http: Http, password: string | undefined): Promise<void> {
  return http.delete("/api/v1/me/devices", { body: passwordBody(password) });
}

function passwordBody(password: string | undefined): { password?: string } {
  return password === undefined ? {} : { password };
}
