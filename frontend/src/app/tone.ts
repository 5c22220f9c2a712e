/** Two short notes, made rather than loaded: in Hz, and seconds after the start. */
const NOTES = [
  { hertz: 659.26, at: 0 },
  { hertz: 880, at: 0.09 },
] as const;

const SECONDS = 0.22;

/** Of full scale: audible over a quiet room, not over a conversation. */
const LOUDNESS = 0.12;

let context: AudioContext | undefined;

/** A tone that could not be heard in this time, in ms, is not wanted any more. */
const STALE_MS = 1_000;

/** Plays the tone. Browsers keep a page silent until somebody has used it; then nothing is heard. */
export async function playTone(): Promise<void> {
  if (typeof AudioContext !== "function") return;
  context ??= new AudioContext();
  const asked = performance.now();
  // In a page that nobody has touched this waits for the first touch, which may be hours away.
  // Refused where there is nothing to hear it with.
  if (context.state !== "running") await context.resume().catch(() => undefined);
  if (context.state !== "running" || performance.now() - asked > STALE_MS) return;
  for (const note of NOTES) playNote(context, note.hertz, context.currentTime + note.at);
}

function playNote(audio: AudioContext, hertz: number, start: number): void {
  const oscillator = new OscillatorNode(audio, { type: "sine", frequency: hertz });
  const gain = new GainNode(audio, { gain: 0 });
  // A wave that starts or stops at once clicks.
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + SECONDS);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + SECONDS);
}
