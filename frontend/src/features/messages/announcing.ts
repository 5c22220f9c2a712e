/** At most one announcement in this time; speech that follows faster cannot be understood. */
export const SPEAK_EVERY_MS = 2_000;

/** Live arrivals to speak: the text itself, or how many there were meanwhile. */
export type Speech = { text: string } | { count: number };

export interface Announcer {
  arrive(text: string): void;
  stop(): void;
}

/** Speaks the first arrival at once and gathers what comes within two seconds after it. */
export function createAnnouncer(speak: (speech: Speech) => void): Announcer {
  let waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function next() {
    timer = undefined;
    const [only] = waiting;
    if (only === undefined) return;
    say(waiting.length === 1 ? { text: only } : { count: waiting.length });
    waiting = [];
  }

  function say(speech: Speech) {
    speak(speech);
    timer = setTimeout(next, SPEAK_EVERY_MS);
  }

  return {
    arrive(text) {
      if (timer === undefined) say({ text });
      else waiting.push(text);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
