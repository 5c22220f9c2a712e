/** Longest edge of a picture in a message, in px. */
export const MAX_EDGE = 320;

const MIN_WIDTH = 120;
const MIN_HEIGHT = 90;

/** For recordings of which nobody knows the measures. */
const UNKNOWN = { width: 280, height: 176 };

/** The room that a picture takes before it is loaded, so that nothing moves when it comes, in px. */
export function frameOf(media: { width?: number | null; height?: number | null }): { width: number; height: number } {
  const { width, height } = media;
  if (!width || !height) return UNKNOWN;
  const scale = Math.min(1, MAX_EDGE / width, MAX_EDGE / height);
  return {
    width: Math.max(MIN_WIDTH, Math.round(width * scale)),
    height: Math.max(MIN_HEIGHT, Math.round(height * scale)),
  };
}
