import { useTranslation } from "react-i18next";
import { extensionOf } from "@/chat/media/kinds";
import { useDownload } from "@/chat/media/useDownload";
import { fileSize } from "@/i18n/format";
import { Icon, type IconName } from "@/ui/icons/Icon";
import type { MediaBodyProps } from "./MediaBody";
import { UploadBar } from "./UploadBar";
import styles from "./media.module.css";

const ICONS: Record<string, IconName> = { pdf: "file-pdf", docx: "file-doc" };

/** A document: what it is called, how large it is, and how to get it. */
export function FileCard({ content, place, upload }: MediaBodyProps) {
  const { t, i18n } = useTranslation();
  const download = useDownload();
  const { media } = content;
  const extension = extensionOf(media.name);
  const inside = (
    <>
      <span className={styles.sort}>
        <Icon name={ICONS[extension] ?? "file"} size="l" />
      </span>
      <span className="grow">
        <span className={`${styles.title} trunc`} title={media.name}>
          <bdi>{media.name}</bdi>
        </span>
        {upload ? (
          <UploadBar upload={upload} totalBytes={media.size_bytes} />
        ) : (
          <span className={styles.line}>
            {t("media.fileLine", { type: extension.toUpperCase(), size: fileSize(media.size_bytes, i18n.language) })}
          </span>
        )}
      </span>
    </>
  );
  if (!place || !("url" in content.media)) return <span className={styles.card}>{inside}</span>;
  const sent = { ...content, media: content.media };
  return (
    <button
      type="button"
      className={`${styles.card} ${styles.pressable}`}
      tabIndex={-1}
      data-primary
      aria-label={t("media.downloadName", { name: media.name })}
      onClick={() => download(sent)}
    >
      {inside}
      <span className={styles.get}>
        <Icon name="download-simple" />
      </span>
    </button>
  );
}
