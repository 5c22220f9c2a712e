import type { TFunction } from "i18next";
import type { Content, MediaKind } from "@/api/types";
import type { IconName } from "@/ui/icons/names";

export interface Preview {
  icon?: IconName;
  text: string;
}

/** Longest text that a one-line preview keeps, in UTF-16 units; CSS cuts it at the edge. */
const LONGEST = 200;

const ICONS: Record<MediaKind, IconName> = {
  image: "image",
  video: "video-camera",
  audio: "music-note",
  file: "file",
};

/** One line that stands for a message: in the list, in quotes, in toasts. */
export function previewOf(content: Content, t: TFunction): Preview {
  switch (content.type) {
    case "text":
      return { text: (content.text as string).slice(0, LONGEST).replace(/\s+/gu, " ").trim() };
    case "encrypted":
      return { icon: "lock-key", text: t("preview.encrypted") };
    case "image":
    case "video":
    case "audio":
    case "file": {
      const kind = t(`preview.${content.type}`);
      const caption = typeof content.caption === "string" && content.caption ? content.caption : undefined;
      return {
        icon: ICONS[content.type],
        text: caption ? t("preview.caption", { kind, caption: caption.slice(0, LONGEST) }) : kind,
      };
    }
  }
}

/** The reply target of a content that shows one. */
export function replyTargetOf(content: Content | null | undefined): number | undefined {
  const target = content?.reply_to;
  return typeof target === "number" ? target : undefined;
}
