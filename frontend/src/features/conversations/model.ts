import type { TFunction } from "i18next";
import type { Conversation, Entry } from "@/api/types";
import { isFolded, isMuted, nameOf, shortName, type People } from "@/chat/names";
import { noticeText } from "@/chat/notice";
import { previewOf } from "@/chat/preview";
import type { ChatState, PendingMessage } from "@/realtime/state";
import type { IconName } from "@/ui/icons/names";

export type Filter = "all" | "unread" | "groups" | "direct";

export function matchesFilter(conversation: Conversation, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "unread":
      return conversation.unread > 0;
    case "groups":
      return conversation.kind === "group";
    case "direct":
      return conversation.kind === "direct";
  }
}

/** Time of the newest thing in a conversation, in ms; 0 for an empty one. */
export function activityOf(conversation: Conversation, pending: PendingMessage[] | undefined): number {
  const entry = conversation.last_entry ? Date.parse(conversation.last_entry.server_time) : 0;
  return Math.max(entry, pending?.at(-1)?.createdAt ?? 0);
}

/** Pinned ones first, then the newest activity; ids break ties, so that the order never flickers. */
export function orderOf(conversations: Conversation[], outbox: ChatState["outbox"]): string[] {
  return conversations
    .map((c) => ({ id: c.id, pinned: c.pinned ? 1 : 0, at: activityOf(c, outbox[c.id]) }))
    .sort((a, b) => b.pinned - a.pinned || b.at - a.at || (a.id < b.id ? 1 : -1))
    .map((c) => c.id);
}

/**
 * Keeps `shown` as it is but for rows that are gone; new ones go on top. Used while the pointer or the focus is inside
 * the list, where a row that moves would be missed.
 */
export function freezeOrder(shown: string[], current: string[]): string[] {
  const here = new Set(current);
  const known = new Set(shown);
  return [...current.filter((id) => !known.has(id)), ...shown.filter((id) => here.has(id))];
}

/** Messages waiting in conversations that are not muted: for the page title, the favicon and the rail. */
export function unreadTotal(conversations: Conversation[], now: number): number {
  return conversations.reduce((sum, c) => sum + (isMuted(c, now) ? 0 : c.unread), 0);
}

/** The second line of a row. */
export type Peek =
  | { kind: "typing"; names: string[] }
  | { kind: "failed"; text: string }
  | { kind: "draft"; text: string }
  | { kind: "waiting"; text: string }
  | { kind: "own"; tick: IconName; icon?: IconName; text: string }
  | { kind: "other"; who?: string; icon?: IconName; text: string }
  | { kind: "unsent" }
  | { kind: "notice"; text: string }
  | { kind: "none" };

export interface PeekFacts {
  conversation: Conversation;
  typing?: { userId: string }[];
  pending?: PendingMessage[];
  draft?: { text: string };
  people: People;
  /** Whom the reader has blocked: their words stay folded in groups. */
  blocked: Record<string, true>;
}

/** By priority: typing, not sent, draft, then what came last. */
export function peekOf({ conversation, typing, pending, draft, people, blocked }: PeekFacts, t: TFunction): Peek {
  if (typing && typing.length > 0) {
    const names = typing.map((each) => nameOf(each.userId, people) ?? t("common.someone"));
    return { kind: "typing", names: conversation.kind === "direct" ? [] : names };
  }
  const failed = pending?.findLast((each) => each.state === "refused" || each.state === "expired");
  if (failed) return { kind: "failed", text: previewOf(failed.content, t).text };
  const text = draft?.text.trim();
  if (text) return { kind: "draft", text };
  const waiting = pending?.at(-1);
  if (waiting) return { kind: "waiting", text: previewOf(waiting.content, t).text };
  return peekOfEntry(conversation, conversation.last_entry, people, blocked, t);
}

function peekOfEntry(
  conversation: Conversation,
  entry: Entry | null | undefined,
  people: People,
  blocked: Record<string, true>,
  t: TFunction,
): Peek {
  if (!entry) return { kind: "none" };
  if (entry.kind === "notice") return { kind: "notice", text: noticeText(entry, people, t) };
  if (entry.unsent || !entry.content) return { kind: "unsent" };
  if (isFolded(conversation, entry.sender_id, blocked)) return { kind: "notice", text: t("message.blocked") };
  const preview = previewOf(entry.content, t);
  if (entry.sender_id === people.me?.id) {
    const read = conversation.kind === "direct" && (conversation.peer_read_seq ?? 0) >= entry.seq;
    return { kind: "own", tick: read ? "checks" : "check", ...preview };
  }
  const name = nameOf(entry.sender_id, people);
  return { kind: "other", who: conversation.kind === "group" && name ? shortName(name) : undefined, ...preview };
}
