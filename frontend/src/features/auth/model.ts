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
