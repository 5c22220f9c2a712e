import { useTranslation } from "react-i18next";
import { useChatClient } from "@/app/chat";
import { seek, toggle, useDeck } from "@/chat/media/deck";
import { useMediaSource, useMediaSources } from "@/chat/media/useMediaSource";
import { playTime } from "@/i18n/format";
import { Icon } from "@/ui/icons/Icon";
import type { MediaBodyProps } from "./MediaBody";
import { UploadBar } from "./UploadBar";
import styles from "./media.module.css";

/** A recording to listen to: play, place, length. */
export function Sound({ content, place, upload }: MediaBodyProps) {
  const { t } = useTranslation();
  const client = useChatClient();
  const sources = useMediaSources();
  const { media } = content;
  const { source } = useMediaSource(place && media.id);
  const mine = useDeck((deck) => place !== undefined && deck.id === media.id);
  const playing = useDeck((deck) => mine && deck.playing);
  const failed = useDeck((deck) => mine && deck.failed === true);
  const atMs = useDeck((deck) => (mine ? deck.atMs : 0));
  const totalMs = useDeck((deck) => (mine ? deck.totalMs : undefined)) ?? media.duration_ms ?? 0;
  const track = place && media.id !== undefined ? { ...place, id: media.id } : undefined;
  const { name } = media;

  return (
    <span className={styles.card}>
      <button
        type="button"
        className={styles.disc}
        tabIndex={-1}
        data-primary
        disabled={!track || !source}
        aria-label={t(playing ? "media.pauseName" : "media.playName", { what: name })}
        onClick={() => track && toggle(track, sources, client)}
      >
        <Icon name={playing ? "pause-fill" : "play-fill"} />
      </button>
      <span className="grow">
        <span className={`${styles.title} trunc`} title={name}>
          <bdi>{name}</bdi>
        </span>
        {upload ? (
          <UploadBar upload={upload} totalBytes={media.size_bytes} />
        ) : (
          <>
            <input
              type="range"
              className={styles.slider}
              tabIndex={-1}
              min={0}
              max={Math.max(1, Math.round(totalMs))}
              step={100}
              value={Math.min(Math.round(atMs), Math.max(1, Math.round(totalMs)))}
              disabled={!track || !source}
              style={{ "--part": `${totalMs > 0 ? Math.min(100, (atMs / totalMs) * 100) : 0}%` } as React.CSSProperties}
              aria-label={t("media.position", { name })}
              aria-valuetext={t("media.positionText", { at: playTime(atMs), total: playTime(totalMs) })}
              onChange={(event) => track && seek(track, Number(event.currentTarget.value), sources, client)}
            />
            <span className={styles.line}>
              {source === null
                ? t("media.gone")
                : failed
                  ? t("media.unplayable")
                  : mine
                    ? t("media.time", { at: playTime(atMs), total: playTime(totalMs) })
                    : playTime(totalMs)}
            </span>
          </>
        )}
      </span>
    </span>
  );
}
