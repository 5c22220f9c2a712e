import { useRef, useState, type SyntheticEvent } from "react";

/** Many videos begin with a black frame; a fragment (Media Fragments §4.2.1) shows a later one before the start. */
const FIRST_FRAME = "#t=0.2";

/**
 * Keeps a video going when its address runs out in the middle: it goes on with the next one where it was, and with no
 * other before. `failed` once it cannot be played at all.
 */
export function useVideoSource(url: string | undefined, onFailed: (url: string) => boolean) {
  const [held, setHeld] = useState(url);
  const [dead, setDead] = useState<string>();
  const [failed, setFailed] = useState(false);
  const resume = useRef<{ at: number; playing: boolean }>(undefined);

  if (url !== undefined && url !== held && (held === undefined || held === dead)) setHeld(url);

  return {
    src: held && held + FIRST_FRAME,
    failed,
    /** Plays from the beginning, as soon as there is an address. */
    start(video: HTMLVideoElement) {
      if (held === undefined || held === dead) {
        resume.current = { at: 0, playing: true };
        return;
      }
      video.currentTime = 0;
      video.play().catch(() => undefined);
    },
    events: {
      onLoadedMetadata({ currentTarget: video }: SyntheticEvent<HTMLVideoElement>) {
        const state = resume.current;
        resume.current = undefined;
        if (!state) return;
        video.currentTime = state.at;
        if (state.playing) video.play().catch(() => undefined);
      },
      onError({ currentTarget: video }: SyntheticEvent<HTMLVideoElement>) {
        if (held === undefined) return;
        resume.current = { at: video.currentTime, playing: !video.paused };
        setDead(held);
        if (!onFailed(held)) setFailed(true);
      },
    },
  };
}
