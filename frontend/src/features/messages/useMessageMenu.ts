import { useCallback } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/types";
import { useChat, useChatClient } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { useDownload } from "@/chat/media/useDownload";
import { MEDIA_ICONS, wordsOf } from "@/chat/preview";
import { openViewer } from "@/chat/viewer";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import type { PendingMessage } from "@/realtime/state";
import { openMenu, type MenuItem } from "@/ui/menu/store";
import { minutesToUnsend } from "./unsending";

interface MenuFacts {
  canReply: boolean;
  onReply: (seq: number) => void;
  onInfo: (message: Entry | PendingMessage) => void;
}

/** How far an arrow key moves in a recording. */
const SKIP_MS = 5_000;

/**
 * The space bar does what a press on the media does: open, play, download. The arrows move in a recording; where the
 * text runs the other way, so do they.
 */
function onMedia(key: string, entry: Entry, element: HTMLElement): boolean {
  const { content } = entry;
  if (!content || content.type === "text") return false;
  if (key === " ") {
    if (content.type === "image") openViewer({ conversationId: entry.conversation_id, seq: entry.seq });
    else element.querySelector<HTMLElement>("[data-primary]")?.click();
    return true;
  }
  if (content.type !== "audio") return false;
  const forward = (key === "ArrowRight") !== (document.dir === "rtl");
  void import("@/chat/media/deck").then(({ skip }) => skip(content.media.id, forward ? SKIP_MS : -SKIP_MS));
  return true;
}

/** What can be done with a message: by its menu and by the keys of the log. */
export function useMessageMenu({ canReply, onReply, onInfo }: MenuFacts) {
  const { t } = useTranslation();
  const { actions, store } = useChatClient();
  const me = useChat((s) => s.me?.id);
  const fail = useFailure();
  const download = useDownload();

  const copy = useCallback(
    (entry: Entry) => {
      const words = entry.content ? wordsOf(entry.content) : "";
      if (words === "") return;
      navigator.clipboard.writeText(words).then(
        () => snack(t("common.copied")),
        () => snack(t("common.notCopied")),
      );
    },
    [t],
  );

  const minutesLeft = useCallback(
    (entry: Entry): number | undefined => {
      if (entry.sender_id !== me || entry.unsent || entry.kind !== "message") return undefined;
      return minutesToUnsend(Date.parse(entry.server_time), Date.now() + store.getState().clockOffsetMs);
    },
    [me, store],
  );

  const unsend = useCallback(
    async (entry: Entry) => {
      const minutes = minutesLeft(entry);
      if (minutes === undefined) return;
      const yes = await ask({
        title: t("unsend.title"),
        body: t("unsend.text", { count: minutes }),
        confirm: t("unsend.confirm"),
        cancel: t("unsend.cancel"),
        danger: true,
      });
      if (!yes) return;
      try {
        await actions.unsend(entry.conversation_id, entry.seq);
        snack(t("unsend.done"));
      } catch (error) {
        fail(error);
      }
    },
    [t, actions, minutesLeft, fail],
  );

  const onMenu = useCallback(
    (entry: Entry, opener: HTMLElement, at?: { x: number; y: number }) => {
      const items: MenuItem[] = [];
      const content = entry.unsent ? undefined : (entry.content ?? undefined);
      if (content?.type === "image" || content?.type === "video") {
        items.push({
          id: "open",
          label: t("media.open"),
          icon: MEDIA_ICONS[content.type],
          onSelect: () => openViewer({ conversationId: entry.conversation_id, seq: entry.seq }),
        });
      }
      if (content && content.type in MEDIA_ICONS && content.type !== "text") {
        items.push({
          id: "download",
          label: t("media.download"),
          icon: "download-simple",
          onSelect: () => download(content),
        });
      }
      if (canReply && !entry.unsent) {
        items.push({
          id: "reply",
          label: t("message.reply"),
          icon: "arrow-bend-up-left",
          shortcut: "R",
          onSelect: () => onReply(entry.seq),
        });
      }
      if (content && wordsOf(content) !== "") {
        items.push({
          id: "copy",
          label: t("message.copy"),
          icon: "copy",
          shortcut: "C",
          onSelect: () => copy(entry),
        });
      }
      if (entry.sender_id === me) items.push(journeyItem(t, () => onInfo(entry)));
      else items.push({ id: "info", label: t("message.info"), icon: "info", onSelect: () => onInfo(entry) });
      const minutes = minutesLeft(entry);
      if (minutes !== undefined) {
        items.push({
          id: "unsend",
          label: t("message.unsend"),
          icon: "arrow-counter-clockwise",
          aside: t("unsend.left", { count: minutes }),
          danger: true,
          onSelect: () => void unsend(entry),
        });
      }
      openMenu(opener, t("message.more"), items, at);
    },
    [t, me, canReply, copy, download, minutesLeft, onInfo, onReply, unsend],
  );

  /** Of a message that is still in the outbox. */
  const onPendingMenu = useCallback(
    (pending: PendingMessage, opener: HTMLElement, at?: { x: number; y: number }) =>
      openMenu(opener, t("message.more"), [journeyItem(t, () => onInfo(pending))], at),
    [t, onInfo],
  );

  /** The keys of a focused message; true when one did something. */
  const onMessageKey = useCallback(
    (key: string, entry: Entry, element: HTMLElement): boolean => {
      if (key === "Enter") onMenu(entry, element);
      else if (entry.unsent) return false;
      else if (key === " " || key === "ArrowLeft" || key === "ArrowRight") return onMedia(key, entry, element);
      else if (key === "r" && canReply) onReply(entry.seq);
      else if (key === "c") copy(entry);
      else if (key === "Delete") void unsend(entry);
      else return false;
      return true;
    },
    [onMenu, canReply, onReply, copy, unsend],
  );

  return { onMenu, onPendingMenu, onMessageKey };
}

function journeyItem(t: TFunction, onSelect: () => void): MenuItem {
  return { id: "journey", label: t("journey.title"), icon: "path", onSelect };
}
