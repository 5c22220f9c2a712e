import { useState } from "react";
import { useTranslation } from "react-i18next";
import { frameOf } from "@/chat/media/frame";
import { useMediaSource } from "@/chat/media/useMediaSource";
import { useObjectUrl } from "@/chat/media/useObjectUrl";
import { openViewer } from "@/chat/viewer";
import { Icon } from "@/ui/icons/Icon";
import { useMedia } from "@/ui/media";
import type { MediaBodyProps } from "./MediaBody";
import { UploadBar } from "./UploadBar";
import styles from "./media.module.css";

/** A photo in the size that it will have, loaded or not. A press opens it in full. */
export function Picture({ content, place, name, file, upload }: MediaBodyProps) {
  const { t } = useTranslation();
  const { media } = content;
  const local = useObjectUrl(file);
  const { source, onFailed } = useMediaSource(place && media.id);
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const [broken, setBroken] = useState(false);
  const moving = media.content_type === "image/gif" && !still;
  const url = local ?? (moving ? source?.url : (source?.thumbnailUrl ?? source?.url));
  const { width, height } = frameOf(media);
  const gone = source === null || broken;

  const inside = (
    <>
      {gone ? (
        <span className={styles.absent}>
          <Icon name="image" size="l" />
          {t("media.gone")}
        </span>
      ) : (
        url && (
          <img
            src={url}
            alt={name}
            decoding="async"
            draggable={false}
            onLoad={() => setBroken(false)}
            onError={() => {
              if (!local && !onFailed(url)) setBroken(true);
            }}
          />
        )
      )}
      {upload && (
        <span className={styles.over}>
          <UploadBar upload={upload} totalBytes={media.size_bytes} />
        </span>
      )}
    </>
  );
  const frame = { inlineSize: width, aspectRatio: `${width} / ${height}` };
  if (!place || gone) {
    return (
      <span className={styles.picture} style={frame}>
        {inside}
      </span>
    );
  }
  return (
    <button
      type="button"
      className={styles.picture}
      style={frame}
      tabIndex={-1}
      aria-label={t("media.openName", { what: name })}
      onClick={() => openViewer(place)}
    >
      {inside}
    </button>
  );
}
