import type { Content } from "@/api/types";
import type { Outgoing } from "./state";

/** The reply target of a content that shows one. */
export function replyTargetOf(content: Content | Outgoing | null | undefined): number | undefined {
  const target = content?.reply_to;
  return typeof target === "number" ? target : undefined;
}
