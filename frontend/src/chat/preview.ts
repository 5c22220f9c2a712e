import type { TFunction } from "i18next";
import type { Content } from "@/api/types";
import type { IconName } from "@/ui/icons/names";

export interface Preview {
  icon?: IconName;
  text: string;
}

/** Longest text that a one-line preview keeps, in UTF-16 units; CSS cuts it at the edge. */
const LONGEST = 200;

/** One line that stands for a message: in the list, in quotes, in toasts. */
export function previewOf(content: Content, t: TFunction): Preview {
  if (content.type === "text") return { text: content.text.slice(0, LONGEST).replace(/\s+/gu, " ").trim() };
  // A page that stayed open over an upgrade of the server meets kinds that it does not know.
  return { icon: "question", text: t("preview.unknown") };
}

/** The reply target of a content that shows one. */
export function replyTargetOf(content: Content | null | undefined): number | undefined {
  const target = content?.reply_to;
  return typeof target === "number" ? target : undefined;
}
