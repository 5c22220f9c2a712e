import { queryOptions } from "@tanstack/react-query";
import { readProblem } from "@/api/problem";
import type { Provider } from "@/api/types";

/** Reads what the server tells everybody, signed in or not. Rejects with {@link ApiError}. */
export async function publicGet<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { headers: { accept: "application/json" }, signal });
  if (!response.ok) throw await readProblem(response, Date.now());
  return (await response.json()) as T;
}

/** Who can vouch for a person here. */
export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => publicGet<Provider[]>("/auth/providers", signal),
});

interface LoginOptions {
  /** A path of this site, opened afterwards. */
  returnTo: string;
  deviceName: string;
  /** The provider asks for its proof anew, even of somebody who is signed in there. */
  again?: boolean;
}

/** The page of the server that starts a sign-in. */
export function loginUrl(provider: string, { returnTo, deviceName, again = false }: LoginOptions): string {
  const query = new URLSearchParams({ return_to: returnTo, device_name: deviceName, ...(again && { reauth: "1" }) });
  return `/auth/login/${encodeURIComponent(provider)}?${query}`;
}

const BROWSERS: [RegExp, string][] = [
  [/edg/i, "Edge"],
  [/opr|opera/i, "Opera"],
  [/firefox|fxios/i, "Firefox"],
  [/samsungbrowser/i, "Samsung Internet"],
  [/chrome|crios|chromium/i, "Chrome"],
  [/safari/i, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/iphone/i, "iPhone"],
  [/ipad/i, "iPad"],
  [/android/i, "Android"],
  [/windows/i, "Windows"],
  [/mac os|macintosh/i, "Mac"],
  [/cros/i, "ChromeOS"],
  [/linux/i, "Linux"],
];

/** "Firefox on Linux", from a user agent string; these names are the same in every language. */
export function deviceNameOf(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? "Browser";
}
