import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { isMuted, titleOf } from "@/chat/names";
import type { Conversation } from "@/api/types";
import { MUTED_FOREVER } from "@/realtime/actions";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import type { MenuItem } from "@/ui/menu/store";
import { leaveGroup } from "../api";
import { useMute } from "../useMute";

const HOUR_MS = 3_600_000;
const MUTES = [
  { id: "hour", forMs: HOUR_MS },
  { id: "eightHours", forMs: 8 * HOUR_MS },
  { id: "week", forMs: 7 * 24 * HOUR_MS },
  { id: "always", forMs: Number.POSITIVE_INFINITY },
] as const;

/** Builds what one can do with a conversation as a whole. */
export function useConversationMenu(): (conversation: Conversation) => MenuItem[] {
  const { t } = useTranslation();
  const client = useChatClient();
  const http = useHttp();
  const me = useChat((s) => s.me?.id);
  const fail = useFailure();
  const router = useRouter();
  const mute = useMute();

  return useCallback(
    (conversation) => {
      const { actions, store } = client;
      const { id } = conversation;
      const now = Date.now() + store.getState().clockOffsetMs;
      const attempt = (act: () => Promise<unknown>) => void act().catch(fail);

      const leave = async () => {
        const yes = await ask({
          title: t("group.leave.title", { name: titleOf(conversation) }),
          body: t("group.leave.text"),
          confirm: t("group.leave.confirm"),
          cancel: t("common.cancel"),
          danger: true,
        });
        if (yes && me) await leaveGroup(http, id, me);
      };

      /** A direct chat returns by itself; a group that one is no longer in does not, and what it says goes with it. */
      const hide = async () => {
        const group = conversation.kind === "group";
        const yes =
          !group ||
          (await ask({
            title: t("chat.hideAsk.title", { name: titleOf(conversation) }),
            body: t("chat.hideAsk.text"),
            confirm: t("chat.hideAsk.confirm"),
            cancel: t("common.cancel"),
            danger: true,
          }));
        if (!yes) return;
        await actions.hide(id);
        // What was open is gone.
        if (router.state.location.pathname.startsWith(`/chats/${id}`))
          await router.navigate({ to: "/", replace: true });
        snack(t(group ? "chat.hideAsk.done" : "chat.hidden"));
      };

      const items: MenuItem[] = [
        {
          id: "pin",
          label: conversation.pinned ? t("chat.unpin") : t("chat.pin"),
          icon: conversation.pinned ? "push-pin-slash" : "push-pin",
          onSelect: () => attempt(() => actions.pin(id, !conversation.pinned)),
        },
        { type: "separator", id: "mute" },
      ];
      if (isMuted(conversation, now)) {
        items.push({
          id: "unmute",
          label: t("chat.unmute"),
          icon: "bell",
          onSelect: () => void mute(conversation, null),
        });
      } else {
        items.push({ type: "heading", id: "muteFor", label: t("chat.muteFor") });
        for (const span of MUTES) {
          items.push({
            id: span.id,
            label: t(`chat.mutes.${span.id}`),
            icon: "bell-slash",
            onSelect: () => {
              const until = Number.isFinite(span.forMs) ? new Date(now + span.forMs).toISOString() : MUTED_FOREVER;
              void mute(conversation, until);
            },
          });
        }
      }
      items.push({ type: "separator", id: "end" });
      if (conversation.kind === "group" && conversation.state === "active") {
        items.push({
          id: "leave",
          label: t("chat.leave"),
          icon: "sign-out",
          danger: true,
          onSelect: () => attempt(leave),
        });
      } else {
        items.push({
          id: "hide",
          label: t(conversation.kind === "group" ? "chat.hideAsk.menu" : "chat.hide"),
          icon: "eye-slash",
          onSelect: () => attempt(hide),
        });
      }
      return items;
    },
    [client, http, router, me, t, fail, mute],
  );
}
