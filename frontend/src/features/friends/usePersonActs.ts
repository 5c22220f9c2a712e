import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useBlocking } from "@/app/blocking";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import { unfriend } from "./api";

/** Unfriend, block, unblock; each asks before what cannot be taken back alone. */
export function usePersonActs(userId: string, name: string) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const queries = useQueryClient();
  const setBlocked = useBlocking();
  const fail = useFailure();
  const blocked = useChat((s) => s.sync.blocked[userId] === true);

  async function attempt(act: () => Promise<unknown>, done: string) {
    try {
      await act();
      snack(done);
    } catch (error) {
      fail(error);
    }
  }

  return {
    blocked,
    async unfriend() {
      const yes = await ask({
        title: t("friends.unfriendAsk.title", { name }),
        body: t("friends.unfriendAsk.text"),
        confirm: t("friends.unfriend"),
        cancel: t("common.cancel"),
        danger: true,
      });
      if (!yes) return;
      await attempt(
        async () => {
          await unfriend(http, userId);
          client.applyLocal({ type: "friend_removed", user_id: userId });
          await queries.invalidateQueries({ queryKey: ["user", userId] });
        },
        t("friends.unfriendAsk.done", { name }),
      );
    },
    async block() {
      const yes = await ask({
        title: t("friends.blockAsk.title", { name }),
        body: t("friends.blockAsk.text"),
        confirm: t("friends.block"),
        cancel: t("common.cancel"),
        danger: true,
      });
      if (!yes) return;
      await attempt(() => setBlocked(userId, true), t("friends.blockAsk.done", { name }));
    },
    unblock: () => attempt(() => setBlocked(userId, false), t("friends.unblocked", { name })),
  };
}
