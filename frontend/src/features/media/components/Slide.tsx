import { useState, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { MediaRef } from "@/api/types";
import { takeFloor } from "@/chat/media/floor";
import { useMediaSource } from "@/chat/media/useMediaSource";
import { useVideoSource } from "@/chat/media/useVideoSource";
import type { useZoom } from "../useZoom";
import styles from "./Viewer.module.css";

interface SlideProps {
  media: MediaRef;
  name: string;
}

/** The largest box of the right shape: no wider than the picture is, and inside the stage. */
function boxOf({ width, height }: MediaRef): CSSProperties {
  if (!width || !height) return { inlineSize: "100cqi", blockSize: "100cqb" };
  return {
    inlineSize: `min(100cqi, ${width}px, 100cqb * ${width / height})`,
    aspectRatio: `${width} / ${height}`,
  };
}

/** A photo: the small one at once, the full one as soon as it is there. */
export function Photo({ media, name, zoom }: SlideProps & { zoom: ReturnType<typeof useZoom> }) {
  const { t } = useTranslation();
  const { source, onFailed } = useMediaSource(media.id);
  const [full, setFull] = useState(false);
  const [broken, setBroken] = useState(false);
  const { view, handlers } = zoom;
  if (source === null || broken) return <p className={styles.absent}>{t("media.gone")}</p>;
  return (
    <div className={styles.photo} data-zoomed={view.scale > 1 || undefined} {...handlers}>
      <span
        className={styles.box}
        style={{ ...boxOf(media), transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}
      >
        {!full && source?.thumbnailUrl && <img src={source.thumbnailUrl} alt="" draggable={false} />}
        {source && (
          <img
            src={source.url}
            alt={name}
            draggable={false}
            onLoad={() => setFull(true)}
            onError={() => {
              if (!onFailed(source.url)) setBroken(true);
            }}
          />
        )}
      </span>
    </div>
  );
}

export function Clip({ media, name }: SlideProps) {
  const { t } = useTranslation();
  const { source, onFailed } = useMediaSource(media.id);
  const { src, failed, events } = useVideoSource(source?.url, onFailed);
  if (source === null) return <p className={styles.absent}>{t("media.gone")}</p>;
  if (failed) return <p className={styles.absent}>{t("media.unplayable")}</p>;
  return (
    <span className={styles.box} style={boxOf(media)}>
      {/* People's own recordings have no subtitles. */}
      {/* eslint-disable-next-line jsx-a11y-x/media-has-caption */}
      <video
        src={src}
        poster={source?.thumbnailUrl}
        controls
        playsInline
        preload="metadata"
        aria-label={name}
        {...events}
        onPlay={(event) => takeFloor(event.currentTarget)}
      />
    </span>
  );
}
