import type { TFunction } from "i18next";
import type { Content, MediaKind } from "@/api/types";
import type { Outgoing } from "@/realtime/state";
import type { IconName } from "@/ui/icons/names";

export interface Preview {
  icon?: IconName;
  text: string;
}

/** Longest text that a one-line preview keeps, in UTF-16 units; CSS cuts it at the edge. */
const LONGEST = 200;

export const MEDIA_ICONS: Record<MediaKind, IconName> = {
  image: "image",
  video: "video-camera",
  audio: "music-note",
  file: "file",
};

/** One line that stands for a message: in the list, in quotes, in toasts. */
export function previewOf(content: Content | Outgoing, t: TFunction): Preview {
  switch (content.type) {
    case "text":
      return { text: oneLine(content.text) };
    case "image":
    case "video":
    case "audio":
    case "file": {
      const what = content.type === "file" ? content.media.name : t(`media.kinds.${content.type}`);
      const caption = oneLine(content.caption ?? "");
      const text = caption === "" ? what : t("common.both", { first: what, second: caption });
      return { icon: MEDIA_ICONS[content.type], text };
    }
    default:
      // A page that stayed open over an upgrade of the server meets kinds that it does not know.
      return { icon: "question", text: t("preview.unknown") };
  }
}

function oneLine(text: string): string {
  return text.slice(0, LONGEST).replace(/\s+/gu, " ").trim();
}

/** The words of a message: what is copied and spoken. */
export function wordsOf(content: Content | Outgoing): string {
  return (content.type === "text" ? content.text : content.caption) ?? "";
}
