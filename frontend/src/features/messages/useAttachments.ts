import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useChatClient } from "@/app/chat";
import { snack } from "@/ui/feedback/snack";
import { attach, detach, detachAll, isTrayReady, MOST_AT_ONCE, useAttachmentStore } from "./attachments";

const NONE: never[] = [];

/** The files picked for the next message of a conversation. */
export function useAttachments(conversationId: string) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const list = useAttachmentStore((s) => s.picked[conversationId]) ?? NONE;

  return {
    list,
    any: list.length > 0,
    ready: isTrayReady(list),
    add: useCallback(
      (files: File[]) => {
        if (attach(conversationId, files) > 0) snack(t("media.tray.tooMany", { count: MOST_AT_ONCE }));
      },
      [conversationId, t],
    ),
    remove: useCallback((id: number) => detach(conversationId, id), [conversationId]),
    /** One message each; the words go with the first. */
    send(words: { caption?: string; reply_to?: number }) {
      list
        .flatMap((each) => (each.state === "ready" ? [each.prepared] : []))
        .forEach(({ type, media, blob }, index) => {
          actions.send(conversationId, { type, media, ...(index === 0 && words) }, blob);
        });
      detachAll(conversationId);
      const left = list.filter(({ state }) => state === "refused").length;
      if (left > 0) snack(t("media.tray.leftOut", { count: left }));
    },
  };
}
