import type { Plugin } from "vite";

export const EMOJI_DIR: string;
export function emojiFiles(): Map<string, string>;
export function emojiData(): Plugin;
