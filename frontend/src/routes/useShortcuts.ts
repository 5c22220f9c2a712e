import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useChatClient } from "@/app/chat";
import { changeLook, useLook } from "@/app/look";
import { isCovered, isTextField, neighbour, shortcutOf } from "@/app/shortcuts/shortcut";
import { isMuted } from "@/chat/names";
import { orderOf } from "@/features/conversations/model";
import { useMute } from "@/features/conversations/useMute";
import { MUTED_FOREVER } from "@/realtime/actions";
import { WIDE } from "@/ui/media";
import type { Overlay } from "./overlays";
import { useOpenParams } from "./useOpenParams";

/** Keys of the whole page. A key that a dialog or a message used does not come here. */
export function useShortcuts(open: (overlay: Overlay) => void): void {
  const { store } = useChatClient();
  const mute = useMute();
  const navigate = useNavigate();
  const router = useRouter();
  const { id } = useOpenParams();
  const letters = useLook((s) => s.shortcuts);

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented) return;
      const shortcut = shortcutOf(event, isTextField(event.target), letters);
      if (!shortcut) return;
      if (isCovered()) return;
      if (act(shortcut)) event.preventDefault();
    }

    function goTo(chat: string | undefined): boolean {
      if (chat) void navigate({ to: "/chats/$id", params: { id: chat } });
      return true;
    }

    /** In an open chat; the second time, and elsewhere, the browser's own search. */
    function find(): boolean {
      if (isFinding() || !id || !store.getState().conversations[id]) return false;
      if (focusFind()) return true;
      void navigate({ to: "/chats/$id", params: { id }, search: { find: "" } });
      return true;
    }

    /** With what was looked for in the chat, if anything was. */
    function findEverywhere(): boolean {
      const { find: q } = router.state.location.search;
      void navigate({ to: "/search", search: { q: q || undefined } });
      return true;
    }

    function act(shortcut: NonNullable<ReturnType<typeof shortcutOf>>): boolean {
      const state = store.getState();
      const chats = Object.values(state.conversations);
      switch (shortcut) {
        case "switcher":
          open("switcher");
          return true;
        case "help":
          open("shortcuts");
          return true;
        case "find":
          return find();
        case "findEverywhere":
          return isFinding() ? false : findEverywhere();
        case "new":
          open("switcher");
          return true;
        case "next":
        case "previous":
          return goTo(neighbour(orderOf(chats, state.outbox), id, shortcut === "next" ? 1 : -1));
        case "nextUnread":
        case "previousUnread": {
          const unread = chats.filter((chat) => chat.unread > 0 || chat.id === id);
          return goTo(neighbour(orderOf(unread, state.outbox), id, shortcut === "nextUnread" ? 1 : -1));
        }
        case "details":
          if (!id || !state.conversations[id]) return false;
          if (matchMedia(WIDE).matches) changeLook({ details: !useLook.getState().details });
          else void navigate({ to: "/chats/$id/details", params: { id } });
          return true;
        case "mute": {
          const chat = id ? state.conversations[id] : undefined;
          if (!chat) return false;
          void mute(chat, isMuted(chat, Date.now() + state.clockOffsetMs) ? null : MUTED_FOREVER);
          return true;
        }
        case "nextPane":
        case "previousPane":
          return focusPane(shortcut === "nextPane" ? 1 : -1);
      }
    }

    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [store, mute, navigate, router, id, letters, open]);
}

const FIND = "input[data-find]";

/** The focus is where one types what to look for. */
function isFinding(): boolean {
  return document.activeElement?.matches(FIND) ?? false;
}

/** Moves the focus to the field for what to look for, if one is drawn. */
function focusFind(): boolean {
  const field = [...document.querySelectorAll<HTMLInputElement>(FIND)].findLast((each) => each.offsetParent !== null);
  field?.focus();
  field?.select();
  return field !== undefined;
}

/** Moves the focus to the next pane that is drawn: rail, list, sheet, details. */
function focusPane(step: 1 | -1): boolean {
  const panes = [...document.querySelectorAll<HTMLElement>("nav, [data-pane]")].filter(
    (pane) => pane.offsetParent !== null && !pane.closest("[data-pane] nav"),
  );
  const here = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(here + step + panes.length) % panes.length];
  const target = next?.querySelector<HTMLElement>(
    'textarea, [aria-current][tabindex="0"], a[tabindex="0"], a:not([tabindex]), button:not([tabindex="-1"]), [tabindex]',
  );
  target?.focus();
  return target !== undefined;
}
