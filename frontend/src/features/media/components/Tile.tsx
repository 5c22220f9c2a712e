import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { useMediaSource } from "@/chat/media/useMediaSource";
import { nameOf } from "@/chat/names";
import { openViewer } from "@/chat/viewer";
import { playTime } from "@/i18n/format";
import { Icon } from "@/ui/icons/Icon";
import type { MediaEntry } from "../model";
import styles from "./SharedMedia.module.css";

/** A photo or video in a grid; a press opens it. */
export function Tile({ entry }: { entry: MediaEntry }) {
  const { t } = useTranslation();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const { content } = entry;
  const { media } = content;
  const { source, onFailed } = useMediaSource(media.id);
  const photo = content.type === "image";
  const name =
    content.caption ||
    t(photo ? "media.photoFrom" : "media.videoFrom", {
      name: nameOf(entry.sender_id, people) ?? t("common.someone"),
    });
  const still = source?.thumbnailUrl ?? (photo ? source?.url : undefined);
  return (
    <button
      type="button"
      className={styles.tile}
      aria-label={t("media.openName", { what: name })}
      onClick={() => openViewer({ conversationId: entry.conversation_id, seq: entry.seq })}
    >
      {still && <img src={still} alt="" loading="lazy" draggable={false} onError={() => onFailed(still)} />}
      {!photo && !still && source && <video src={`${source.url}#t=0.2`} preload="metadata" muted tabIndex={-1} />}
      {!photo && (
        <span className={styles.length}>
          <Icon name="play-fill" size="xs" />
          {media.duration_ms ? playTime(media.duration_ms) : ""}
        </span>
      )}
    </button>
  );
}
