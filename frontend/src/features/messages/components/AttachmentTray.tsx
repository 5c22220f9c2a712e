import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { typeOf } from "@/chat/media/kinds";
import { useObjectUrl } from "@/chat/media/useObjectUrl";
import { MEDIA_ICONS } from "@/chat/preview";
import { fileSize, playTime } from "@/i18n/format";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import type { Attachment } from "../attachments";
import styles from "./AttachmentTray.module.css";

interface AttachmentTrayProps {
  attachments: Attachment[];
  onRemove: (id: number) => void;
}

/** What goes out with the next press on Send, above the words that go with it. */
export default function AttachmentTray({ attachments, onRemove }: AttachmentTrayProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const count = attachments.length;
  useEffect(() => {
    list.current?.lastElementChild?.scrollIntoView({ block: "nearest" });
  }, [count]);
  return (
    <ul className={styles.tray} ref={list} aria-label={t("media.tray.name")}>
      {attachments.map((attachment) => (
        <Item key={attachment.id} attachment={attachment} onRemove={() => onRemove(attachment.id)} />
      ))}
    </ul>
  );
}

function Item({ attachment, onRemove }: { attachment: Attachment; onRemove: () => void }) {
  const { t, i18n } = useTranslation();
  const { file } = attachment;
  const prepared = attachment.state === "ready" ? attachment.prepared : undefined;
  const image = prepared?.type === "image" ? prepared.blob : prepared?.poster;
  const url = useObjectUrl(image);
  const icon = MEDIA_ICONS[typeOf(file)?.kind ?? familyOf(file)];
  const size = (bytes: number) => fileSize(bytes, i18n.language);

  const note =
    attachment.state === "preparing" ? (
      t("media.tray.preparing")
    ) : attachment.state === "refused" ? (
      t(`media.refused.${attachment.objection}`)
    ) : attachment.prepared.shrunkFrom === undefined ? (
      <>
        {size(attachment.prepared.blob.size)}
        {attachment.prepared.media.duration_ms ? ` · ${playTime(attachment.prepared.media.duration_ms)}` : ""}
      </>
    ) : (
      t("media.tray.shrunk", { from: size(attachment.prepared.shrunkFrom), to: size(attachment.prepared.blob.size) })
    );

  return (
    <li className={styles.item} data-state={attachment.state}>
      <span className={styles.face}>
        {url ? <img src={url} alt="" draggable={false} /> : <Icon name={icon} size="l" />}
        {prepared?.type === "video" && url && (
          <span className={styles.play}>
            <Icon name="play-fill" size="s" />
          </span>
        )}
      </span>
      <span className={styles.facts}>
        <span className={`${styles.name} trunc`} title={file.name}>
          <bdi>{prepared?.media.name ?? file.name}</bdi>
        </span>
        <span className={styles.note} role={attachment.state === "refused" ? "alert" : undefined}>
          {attachment.state === "refused" && <Icon name="warning-circle" size="xs" />}
          {note}
        </span>
      </span>
      <IconButton
        icon="x"
        size="sm"
        iconSize="s"
        label={t("media.tray.remove", { name: file.name })}
        onClick={onRemove}
      />
    </li>
  );
}

function familyOf(file: File): "image" | "video" | "audio" | "file" {
  const family = file.type.split("/")[0];
  return family === "image" || family === "video" || family === "audio" ? family : "file";
}
