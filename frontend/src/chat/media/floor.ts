let speaker: HTMLMediaElement | undefined;

/** One recording is heard at a time: whoever starts silences who played before. */
export function takeFloor(element: HTMLMediaElement): void {
  if (speaker !== element) speaker?.pause();
  speaker = element;
}
