/** What a browser can tell of a recording; nothing of one that it cannot play, which others may be able to. */
interface SoundFacts {
  duration_ms?: number;
}

interface VideoFacts extends SoundFacts {
  width?: number;
  height?: number;
  /** The first frame worth showing. */
  poster?: Blob;
}

/** A recording that has not shown anything by then is sent as it is. */
const PATIENCE_MS = 5_000;

/** Many videos begin with a black frame. */
const POSTER_AT_S = 0.2;

const POSTER_EDGE = 640;

export function probeSound(file: Blob): Promise<SoundFacts> {
  return withElement(document.createElement("audio"), file, (audio) => Promise.resolve(durationOf(audio)));
}

export function probeVideo(file: Blob): Promise<VideoFacts> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  return withElement(video, file, async () => {
    const facts: VideoFacts = { ...durationOf(video), width: video.videoWidth, height: video.videoHeight };
    if (facts.width === 0) return durationOf(video);
    const seeked = once(video, "seeked");
    video.currentTime = Math.min(POSTER_AT_S, video.duration / 2 || 0);
    await seeked;
    const poster = await draw(video);
    return poster ? { ...facts, poster } : facts;
  });
}

async function withElement<E extends HTMLMediaElement, T extends object>(
  element: E,
  file: Blob,
  look: (element: E) => Promise<T>,
): Promise<T | Record<string, never>> {
  const url = URL.createObjectURL(file);
  try {
    const loaded = once(element, "loadedmetadata");
    element.preload = "auto";
    element.src = url;
    await loaded;
    return await look(element);
  } catch {
    return {};
  } finally {
    element.removeAttribute("src");
    element.load();
    URL.revokeObjectURL(url);
  }
}

function durationOf(element: HTMLMediaElement): SoundFacts {
  return Number.isFinite(element.duration) ? { duration_ms: Math.round(element.duration * 1000) } : {};
}

function once(element: HTMLMediaElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), PATIENCE_MS);
    element.addEventListener(event, () => resolve(clearTimeout(timer)), { once: true });
    element.addEventListener("error", () => reject(element.error ?? new Error("cannot be played")), { once: true });
  });
}

async function draw(video: HTMLVideoElement): Promise<Blob | undefined> {
  const scale = Math.min(1, POSTER_EDGE / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.max(1, Math.round(video.videoWidth * scale));
  const height = Math.max(1, Math.round(video.videoHeight * scale));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.drawImage(video, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
}
