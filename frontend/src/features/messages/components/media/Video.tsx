import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { takeFloor } from "@/chat/media/floor";
import { frameOf } from "@/chat/media/frame";
import { useMediaSource } from "@/chat/media/useMediaSource";
import { useObjectUrl } from "@/chat/media/useObjectUrl";
import { useVideoSource } from "@/chat/media/useVideoSource";
import { playTime } from "@/i18n/format";
import { Icon } from "@/ui/icons/Icon";
import type { MediaBodyProps } from "./MediaBody";
import { UploadBar } from "./UploadBar";
import styles from "./media.module.css";

/** A video: its first frame and length, then, pressed, the browser's own player in the same place. */
export function Video({ content, place, name, file, upload }: MediaBodyProps) {
  const { t } = useTranslation();
  const { media } = content;
  const local = useObjectUrl(file);
  const { source, onFailed } = useMediaSource(place && media.id);
  const element = useRef<HTMLVideoElement>(null);
  const [started, setStarted] = useState(false);
  const [totalMs, setTotalMs] = useState(media.duration_ms ?? undefined);
  const recording = useVideoSource(local ?? source?.url, local ? () => false : onFailed);
  const { src, failed, events } = recording;
  const { width, height } = frameOf(media);

  function start() {
    const video = element.current;
    if (!video) return;
    setStarted(true);
    video.muted = false;
    video.focus();
    recording.start(video);
  }

  return (
    <span className={styles.picture} style={{ inlineSize: width, aspectRatio: `${width} / ${height}` }}>
      {source === null ? (
        <span className={styles.absent}>
          <Icon name="video-camera" size="l" />
          {t("media.gone")}
        </span>
      ) : (
        <>
          {/* People's own recordings have no subtitles. */}
          {/* eslint-disable-next-line jsx-a11y-x/media-has-caption */}
          <video
            ref={element}
            src={src}
            poster={source?.thumbnailUrl}
            preload="metadata"
            muted={!started}
            controls={started}
            playsInline
            tabIndex={-1}
            aria-label={name}
            {...events}
            onPlay={(event) => takeFloor(event.currentTarget)}
            onDurationChange={(event) => {
              const { duration } = event.currentTarget;
              if (Number.isFinite(duration)) setTotalMs(duration * 1000);
            }}
          />
          {failed && (
            <span className={styles.absent}>
              <Icon name="video-camera" size="l" />
              {t("media.unplayable")}
            </span>
          )}
          {!started && !failed && (
            <>
              {place && (
                <button
                  type="button"
                  className={styles.start}
                  tabIndex={-1}
                  data-primary
                  aria-label={t("media.playName", { what: name })}
                  onClick={start}
                >
                  <span className={styles.play}>
                    <Icon name="play-fill" size="l" />
                  </span>
                </button>
              )}
              {totalMs !== undefined && !upload && <span className={styles.length}>{playTime(totalMs)}</span>}
            </>
          )}
        </>
      )}
      {upload && (
        <span className={styles.over}>
          <UploadBar upload={upload} totalBytes={media.size_bytes} />
        </span>
      )}
    </span>
  );
}
