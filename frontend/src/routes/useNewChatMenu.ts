import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { openMenu } from "@/ui/menu/store";
import { useOverlay } from "./overlays";

/** What the pencil offers. */
export function useNewChatMenu(): (opener: HTMLElement) => void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const open = useOverlay();
  return useCallback(
    (opener) =>
      openMenu(opener, t("chats.new"), [
        { id: "message", label: t("chats.newDirect"), icon: "chat-circle", onSelect: () => open("switcher") },
        { id: "group", label: t("group.new"), icon: "users-three", onSelect: () => open("newGroup") },
        { id: "join", label: t("group.joinByCode"), icon: "sign-in", onSelect: () => open("join") },
        {
          id: "friend",
          label: t("friends.add"),
          icon: "user-plus",
          onSelect: () => void navigate({ to: "/friends/add" }),
        },
      ]),
    [t, navigate, open],
  );
}
