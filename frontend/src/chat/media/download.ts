import type { Http } from "@/api/http";
import type { MediaKind, MediaRef, MediaUrl } from "@/api/types";

/** Saves a media object under its name. Rejects when it is gone or the network is. */
export async function download(http: Http, kind: MediaKind, media: MediaRef): Promise<void> {
  const { items } = await http.post<{ items: MediaUrl[] }>("/api/v1/media/urls", { body: { ids: [media.id] } });
  const url = items[0]?.url;
  if (!url) throw new Error("it is gone");
  // Files are sent as attachments. The others would be shown, and a link cannot change that over origins.
  if (kind === "file") return press(url, media.name);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const copy = URL.createObjectURL(await answer.blob());
  press(copy, media.name);
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(copy), 60_000);
}

function press(href: string, name: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.rel = "noopener noreferrer";
  link.click();
}
