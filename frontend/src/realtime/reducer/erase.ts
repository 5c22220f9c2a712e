import type { Entry } from "@/api/types";
import type { Change } from "./change";
import { eraseEntry, eraseInTimeline } from "./timeline";
import { uncountTarget } from "./unread";

/** Takes an unsent message away wherever it shows: timeline, quotes, list, toasts, spoken text, count. */
export function applyUnsend(change: Change, unsend: Entry): void {
  const id = unsend.conversation_id;
  const target = unsend.target_seq;
  if (target === null || target === undefined) return;
  uncountTarget(change, unsend, target);
  const erased = change.writeSync("erased");
  erased[id] = { ...erased[id], [target]: true };
  const timeline = change.state.timelines[id];
  if (timeline) change.write("timelines")[id] = eraseInTimeline(timeline, target);
  const conversation = change.state.conversations[id];
  if (conversation?.last_entry?.seq === target) {
    change.write("conversations")[id] = { ...conversation, last_entry: eraseEntry(conversation.last_entry) };
  }
  const { toasts, announcements } = change.state;
  const here = (item: { conversationId: string; seq: number }) => item.conversationId === id && item.seq === target;
  if (toasts.some(here)) change.set({ toasts: toasts.filter((toast) => !here(toast)) });
  if (announcements.some(here)) change.set({ announcements: announcements.filter((item) => !here(item)) });
  const key = unsendKey(id, target);
  if (change.state.unsending[key]) delete change.write("unsending")[key];
}

export function unsendKey(conversationId: string, seq: number): string {
  return `${conversationId}:${seq}`;
}

/** An entry read before its unsend was seen must not bring the text back. */
export function withoutErased(change: Change, entry: Entry): Entry {
  const gone = change.state.sync.erased[entry.conversation_id]?.[entry.seq];
  return gone && !entry.unsent ? eraseEntry(entry) : entry;
}

/** Learns from a page which targets its unsends erase, then cleans the page itself. */
export function cleanPage(change: Change, entries: Entry[]): Entry[] {
  for (const entry of entries) {
    const target = entry.kind === "unsend" ? entry.target_seq : undefined;
    if (target === null || target === undefined || change.state.sync.erased[entry.conversation_id]?.[target]) continue;
    const erased = change.writeSync("erased");
    erased[entry.conversation_id] = { ...erased[entry.conversation_id], [target]: true };
  }
  return entries.map((entry) => withoutErased(change, entry));
}
