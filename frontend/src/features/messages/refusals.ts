import type { TFunction } from "i18next";
import { UPLOAD_BROKEN } from "@/api/upload";
import { MAX_BYTES } from "@/chat/media/kinds";
import type { MediaKind } from "@/api/types";
import { FILE_LOST } from "@/realtime/uploader";

/** What was sent, as far as a refusal is about it. */
export type Sent = { type: "text" } | { type: MediaKind; media: { size_bytes: number } };

/** Why the server did not take a message, in a sentence. */
export function reasonText(code: string | undefined, content: Sent, t: TFunction): string {
  const { type } = content;
  switch (code) {
    case FILE_LOST:
      return t("media.refused.lost");
    case UPLOAD_BROKEN:
      return t("media.refused.broken");
    case "unsupported_media":
      return type === "text" ? t("failure.notSent.other") : t(`media.refused.${type}`);
    case "not_friends":
      return t("failure.notSent.notFriends");
    case "not_member":
    case "not_found":
      return t("failure.notSent.notMember");
    case "blocked_by_you":
      return t("failure.notSent.blockedByYou");
    case "payload_too_large":
      // A file of a size that is allowed is too large only for what is left to its owner.
      if (content.type !== "text" && content.media.size_bytes <= MAX_BYTES[content.type])
        return t("media.refused.quota");
      return type === "text" ? t("failure.notSent.invalid") : t(`media.refused.${type}`);
    case "validation_failed":
      return type === "text" ? t("failure.notSent.invalid") : t(`media.refused.${type}`);
    default:
      return t("failure.notSent.other");
  }
}
