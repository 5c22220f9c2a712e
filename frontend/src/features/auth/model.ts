/** Where a sign-in ends when nothing else was asked for. */
export const HOME = "/";

/** A path of this site to go to after the sign-in; anything else goes home, so that no link can lead elsewhere. */
export function safeReturn(path: unknown): string {
  if (typeof path !== "string" || !path.startsWith("/") || path.startsWith("//") || path.includes("\\")) return HOME;
  try {
    const url = new URL(path, "https://kith.invalid");
    if (url.origin !== "https://kith.invalid" || url.pathname === "/sign-in") return HOME;
    return url.pathname + url.search + url.hash;
  } catch {
    return HOME;
  }
}

/** The page of the server that starts a sign-in. */
export function loginUrl(provider: string, returnTo: string, deviceName: string): string {
  const query = new URLSearchParams({ return_to: returnTo, device_name: deviceName });
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
