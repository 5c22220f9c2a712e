import { create } from "zustand";
import type { ChatClient } from "@/realtime/client";
import { takeFloor } from "./floor";
import type { MediaSources } from "./sources";

interface DeckState {
  /** The media object that is loaded. */
  id?: string;
  playing: boolean;
  atMs: number;
  /** What the recording itself says. */
  totalMs?: number;
  failed?: boolean;
}

/** What one hears: it plays on while its message is scrolled out of view or another chat is open. */
export const useDeck = create<DeckState>(() => ({ playing: false, atMs: 0 }));

export interface Track {
  id: string;
  conversationId: string;
  seq: number;
}

interface Loaded {
  track: Track;
  url: string;
  leave: () => void;
}

let audio: HTMLAudioElement | undefined;
let loaded: Loaded | undefined;

function element(): HTMLAudioElement {
  if (audio) return audio;
  const made = new Audio();
  audio = made;
  const note = (part: Partial<DeckState>) => useDeck.setState(part);
  made.addEventListener("play", () => note({ playing: true }));
  made.addEventListener("pause", () => note({ playing: false }));
  made.addEventListener("timeupdate", () => note({ atMs: made.currentTime * 1000 }));
  made.addEventListener("durationchange", () => {
    if (Number.isFinite(made.duration)) note({ totalMs: made.duration * 1000 });
  });
  made.addEventListener("ended", () => {
    made.currentTime = 0;
    note({ playing: false, atMs: 0 });
  });
  return made;
}

/** Plays or pauses a recording; another one that was loaded is given up. */
export function toggle(track: Track, sources: MediaSources, client: ChatClient): void {
  const player = element();
  if (loaded?.track.id === track.id && !useDeck.getState().failed) {
    if (player.paused) play();
    else player.pause();
    return;
  }
  if (load(track, sources, client)) play();
}

/** Moves to a place in the recording, in milliseconds; one that is not loaded gets loaded, and waits there. */
export function seek(track: Track, toMs: number, sources: MediaSources, client: ChatClient): void {
  if (loaded?.track.id !== track.id && !load(track, sources, client)) return;
  element().currentTime = Math.max(0, toMs) / 1000;
  useDeck.setState({ atMs: Math.max(0, toMs) });
}

/** Moves on or back in a recording, if it is the one that is loaded. */
export function skip(id: string, byMs: number): void {
  if (loaded?.track.id !== id) return;
  const player = element();
  player.currentTime = Math.max(0, player.currentTime + byMs / 1000);
}

function play(): void {
  const player = element();
  takeFloor(player);
  // A refusal shows as an error of the element, or as a pause.
  player.play().catch(() => undefined);
}

function load(track: Track, sources: MediaSources, client: ChatClient): boolean {
  const url = sources.get(track.id)?.url;
  if (!url) return false;
  eject();
  const player = element();
  const follow = sources.subscribe(() => {
    const next = sources.get(track.id)?.url;
    if (!loaded || !next || next === loaded.url) return;
    // The address ran out while it played: on with the new one, where it was.
    const at = player.currentTime;
    const playing = useDeck.getState().playing;
    loaded.url = next;
    player.src = next;
    player.currentTime = at;
    if (playing) play();
  });
  const watch = client.store.subscribe((state) => {
    if (state.sync.erased[track.conversationId]?.[track.seq] || state.session.ended) eject();
  });
  const onError = () => {
    if (loaded && !sources.renew(track.id, loaded.url)) useDeck.setState({ failed: true, playing: false });
  };
  player.addEventListener("error", onError);
  loaded = {
    track,
    url,
    leave() {
      follow();
      watch();
      player.removeEventListener("error", onError);
    },
  };
  useDeck.setState({ id: track.id, playing: false, atMs: 0, totalMs: undefined, failed: false }, true);
  player.src = url;
  return true;
}

function eject(): void {
  if (!loaded) return;
  loaded.leave();
  loaded = undefined;
  const player = element();
  player.pause();
  player.removeAttribute("src");
  player.load();
  useDeck.setState({ playing: false, atMs: 0 }, true);
}
