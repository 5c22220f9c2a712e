import { useEffect } from "react";

const APP = "Kith";

/** "(3) Mei-Hua Lin · Kith"; the count stops at 99+. */
export function titleText(place: string | undefined, unread: number): string {
  const count = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
  return `${count}${place ? `${place} · ` : ""}${APP}`;
}

/** The mark, with a lamp dot and the count when something waits. */
export function faviconSvg(unread: number): string {
  const mark =
    '<rect width="40" height="40" rx="13" fill="#7E3361"/><rect x="9" y="7" width="6.4" height="26" rx="3.2" fill="#fff"/>' +
    '<path d="M17.2 19.4V14.688A7.688 7.688 0 0 1 24.888 7H29.6V11.712A7.688 7.688 0 0 1 21.912 19.4Z" fill="#F1A450"/>' +
    '<path d="M17.2 20.9V25.498A7.502 7.502 0 0 0 24.702 33H29.3V28.402A7.502 7.502 0 0 0 21.798 20.9Z" fill="#fff"/>';
  const label = unread > 9 ? "9+" : String(unread);
  const badge =
    unread > 0
      ? '<circle cx="28" cy="28" r="12" fill="#F1A450"/>' +
        `<text x="28" y="33.5" font-family="sans-serif" font-size="15" font-weight="700" text-anchor="middle" fill="#3A1D02">${label}</text>`
      : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">${mark}${badge}</svg>`;
}

/** Title and favicon show where one is and how much waits. */
export function usePageTitle(place: string | undefined, unread: number): void {
  useEffect(() => {
    document.title = titleText(place, unread);
  }, [place, unread]);

  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link) link.href = unread > 0 ? `data:image/svg+xml,${encodeURIComponent(faviconSvg(unread))}` : "/favicon.svg";
  }, [unread]);
}
