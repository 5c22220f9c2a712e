import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Member } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { ask } from "@/ui/dialog/ask";
import { removeMember } from "./api";
import { successorOf } from "./model";

/** Asks, telling a last admin who follows, and leaves. */
export function useLeaveGroup(group: Conversation, members: Member[] | undefined): () => Promise<void> {
  const { t } = useTranslation();
  const http = useHttp();
  const me = useChat((s) => s.me?.id);
  const fail = useFailure();
  return useCallback(async () => {
    if (!me) return;
    const successor = successorOf(members ?? [], me);
    const last = members?.length === 1;
    const yes = await ask({
      title: t("group.leave.title", { name: group.name }),
      body: last
        ? t("group.leave.last")
        : successor
          ? t("group.leave.successor", { name: successor.user.username })
          : t("group.leave.text"),
      confirm: t("group.leave.confirm"),
      cancel: t("common.cancel"),
      danger: true,
    });
    if (!yes) return;
    try {
      await removeMember(http, group.id, me);
    } catch (error) {
      fail(error);
    }
  }, [fail, group, http, me, members, t]);
}
