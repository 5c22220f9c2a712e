import type { TFunction } from "i18next";
import { UPLOAD_BROKEN } from "@/api/upload";
import type { Outgoing } from "@/realtime/state";
import { FILE_LOST } from "@/realtime/uploader";

/** Why the server did not take a message, in a sentence. */
export function reasonText(code: string | undefined, kind: Outgoing["type"], t: TFunction): string {
  switch (code) {
    case FILE_LOST:
      return t("media.refused.lost");
    case UPLOAD_BROKEN:
      return t("media.refused.broken");
    case "unsupported_media":
      return kind === "text" ? t("failure.notSent.other") : t(`media.refused.${kind}`);
    case "not_friends":
      return t("failure.notSent.notFriends");
    case "not_member":
    case "not_found":
      return t("failure.notSent.notMember");
    case "blocked_by_you":
      return t("failure.notSent.blockedByYou");
    case "payload_too_large":
    case "validation_failed":
      return kind === "text" ? t("failure.notSent.invalid") : t(`media.refused.${kind}`);
    default:
      return t("failure.notSent.other");
  }
}
