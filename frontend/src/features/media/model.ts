import type { Entry, MediaContent, MediaKind } from "@/api/types";

export type MediaEntry = Entry & { content: MediaContent };

export const VISUAL: readonly MediaKind[] = ["image", "video"];

export function isMediaEntry(entry: Entry, kinds: readonly MediaKind[]): entry is MediaEntry {
  const type = entry.content?.type;
  return !entry.unsent && type !== undefined && (kinds as readonly string[]).includes(type);
}

/**
 * The media of a conversation, oldest first: what pages told, what arrived after them, and never what was unsent since.
 *
 * @param pages newest first and without a hole
 * @param live what the open conversation holds; of it only what is newer than the pages is taken, as below there may be
 *   holes between
 */
export function mergeMedia(
  pages: readonly Entry[],
  live: readonly Entry[],
  erased: Record<number, true>,
  kinds: readonly MediaKind[],
): MediaEntry[] {
  const newest = pages[0]?.seq ?? 0;
  const bySeq = new Map<number, MediaEntry>();
  for (const entry of [...pages, ...live.filter(({ seq }) => seq > newest)]) {
    if (!erased[entry.seq] && isMediaEntry(entry, kinds)) bySeq.set(entry.seq, entry);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** Where one can go from an entry; nothing while its surroundings are not known. */
export function neighboursOf(items: readonly MediaEntry[], seq: number): { older?: MediaEntry; newer?: MediaEntry } {
  const at = items.findIndex((entry) => entry.seq === seq);
  if (at < 0) return {};
  return { older: items[at - 1], newer: items[at + 1] };
}
