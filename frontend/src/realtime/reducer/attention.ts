import type { Conversation, Entry } from "@/api/types";
import type { Announcement } from "../state";
import type { Change } from "./change";
import { counts } from "./unread";

/** Toasts that can wait at once; older ones are in the list anyway. */
const MAX_TOASTS = 3;

/** Spoken texts kept for the live region. */
const MAX_ANNOUNCEMENTS = 20;

/** How long somebody counts as typing after the last word of it. */
export const TYPING_MS = 6_000;

/** A message that arrived live: a toast where it is not in view, spoken text where it is. */
export function announce(change: Change, entry: Entry): void {
  const { state, context } = change;
  const id = entry.conversation_id;
  const conversation = state.conversations[id];
  if (!conversation || !counts(state, entry) || entry.seq <= conversation.read_seq) return;
  const sender = state.users[entry.sender_id]?.username ?? conversation.peer?.username ?? "";
  if (context.focused === id) {
    change.effect({ type: "in_view", conversationId: id, seq: entry.seq });
    if (!entry.content) return;
    const item: Announcement = {
      id: (state.announcements.at(-1)?.id ?? 0) + 1,
      conversationId: id,
      seq: entry.seq,
      sender,
      content: entry.content,
    };
    change.set({ announcements: [...state.announcements, item].slice(-MAX_ANNOUNCEMENTS) });
  } else if (!isMuted(conversation, context.now + state.clockOffsetMs)) {
    const toast = {
      id: `${id}:${entry.seq}`,
      conversationId: id,
      seq: entry.seq,
      title: conversation.kind === "group" ? (conversation.name ?? "") : sender,
      text: plainText(entry.content),
      entry,
    };
    // One for each chat, with its newest message: a talkative one does not push the others out.
    const others = state.toasts.filter((each) => each.conversationId !== id);
    change.set({ toasts: [...others, toast].slice(-MAX_TOASTS) });
  }
}

/** Closes what was read elsewhere. */
export function dropReadToasts(change: Change, conversationId: string, readSeq: number): void {
  const read = (toast: { conversationId: string; seq: number }) =>
    toast.conversationId === conversationId && toast.seq <= readSeq;
  if (change.state.toasts.some(read)) change.set({ toasts: change.state.toasts.filter((toast) => !read(toast)) });
}

/** Closes what somebody wants to hear nothing of any more. */
export function dropMutedToasts(change: Change, conversation: Conversation): void {
  const { context, state } = change;
  if (isMuted(conversation, context.now + state.clockOffsetMs)) {
    dropReadToasts(change, conversation.id, Number.MAX_SAFE_INTEGER);
  }
}

export function dropToastsOf(change: Change, blocked: Record<string, true>): void {
  const rest = change.state.toasts.filter(({ entry }) => !blocked[entry.sender_id]);
  if (rest.length < change.state.toasts.length) change.set({ toasts: rest });
}

export function isMuted(conversation: Conversation, serverNow: number): boolean {
  return !!conversation.muted_until && Date.parse(conversation.muted_until) > serverNow;
}

export function noteTyping(change: Change, conversationId: string, userId: string): void {
  if (userId === change.state.sync.userId || change.state.sync.blocked[userId]) return;
  const list = change.state.typing[conversationId] ?? [];
  const noted = { userId, until: change.context.now + TYPING_MS };
  // Who goes on keeps the place: names that swap every few seconds cannot be read.
  const known = list.some((item) => item.userId === userId);
  change.write("typing")[conversationId] = known
    ? list.map((item) => (item.userId === userId ? noted : item))
    : [...list, noted];
}

export function clearTyping(change: Change, conversationId: string, userId: string): void {
  const list = change.state.typing[conversationId];
  if (!list?.some((item) => item.userId === userId)) return;
  setTyping(
    change,
    conversationId,
    list.filter((item) => item.userId !== userId),
  );
}

export function expireTyping(change: Change): void {
  for (const [id, list] of Object.entries(change.state.typing)) {
    const rest = list.filter((item) => item.until > change.context.now);
    if (rest.length < list.length) setTyping(change, id, rest);
  }
}

function setTyping(change: Change, id: string, list: { userId: string; until: number }[]): void {
  const typing = change.write("typing");
  if (list.length > 0) typing[id] = list;
  else delete typing[id];
}

function plainText(content: Entry["content"]): string {
  return content?.type === "text" ? content.text : "";
}
