import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useChatClient } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { isMuted, titleOf } from "@/chat/names";
import { snack } from "@/ui/feedback/snack";

/**
 * Mutes a conversation until a time, or with null no longer, and says so with the way back: the chat itself does not
 * show it, and a key may have been pressed by mistake.
 */
export function useMute(): (conversation: Conversation, until: string | null) => Promise<void> {
  const { t } = useTranslation();
  const { actions, store } = useChatClient();
  const fail = useFailure();
  return useCallback(
    async (conversation, until) => {
      const now = Date.now() + store.getState().clockOffsetMs;
      const before = isMuted(conversation, now) ? (conversation.muted_until ?? null) : null;
      try {
        await actions.mute(conversation.id, until);
      } catch (error) {
        fail(error);
        return;
      }
      snack(t(until === null ? "chat.nowUnmuted" : "chat.nowMuted", { name: titleOf(conversation) }), {
        label: t("common.undo"),
        onSelect: () => void actions.mute(conversation.id, before).catch(fail),
      });
    },
    [actions, store, fail, t],
  );
}
