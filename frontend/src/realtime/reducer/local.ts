import type { Entry, Problem } from "@/api/types";
import type { LocalEvent, SharedState, Stored } from "../events";
import type { ChatState, Timeline } from "../state";
import type { Change } from "./change";
import { expireTyping } from "./attention";
import { cleanPage, unsendKey, withoutErased } from "./erase";
import { mergeUsers } from "./people";
import { derive, emptyTimeline, insertPiece } from "./timeline";
import { newestOf, quotedByWriting, trimmed } from "./trim";

/** Timelines kept in memory; the one opened longest ago goes first. */
const MAX_TIMELINES = 10;

export function applyLocal(change: Change, event: LocalEvent): void {
  switch (event.type) {
    case "restored":
      return restore(change, event.stored);
    case "snapshot":
      return adoptSnapshot(change, event.shared);
    case "leader":
      return change.set({ connection: { ...change.state.connection, leader: event.leader } });
    case "timeline_opened":
      return openTimeline(change, event);
    case "timeline_closed":
      return updateTimeline(change, event.conversationId, ({ unreadFrom: _line, open: _open, ...timeline }) =>
        newestOf(timeline),
      );
    case "timeline_trimmed":
      return updateTimeline(change, event.conversationId, (timeline) =>
        trimmed(timeline, event.at, event.keep, quotedByWriting(change.state, event.conversationId)),
      );
    case "timeline_loading":
      return setLoading(change, event.conversationId, event.loading, event.gapAfter);
    case "timeline_failed":
      return setFailed(change, event.conversationId, event.problem, event.gapAfter);
    case "page":
      return addPage(change, event);
    case "quoted":
      return learnQuoted(change, event.entry);
    case "unsending": {
      const key = unsendKey(event.conversationId, event.seq);
      const unsending = change.write("unsending");
      if (event.on) unsending[key] = true;
      else delete unsending[key];
      return;
    }
    case "toast_dismissed":
      return change.set({ toasts: change.state.toasts.filter((toast) => toast.id !== event.id) });
    case "tick":
      return expireTyping(change);
  }
}

/** What a tab and the leader must agree on. */
export function shared(state: ChatState): SharedState {
  const { timelines: _1, toasts: _2, announcements: _3, unsending: _4, ...rest } = state;
  return rest;
}

function restore(change: Change, stored: Stored): void {
  const unread = Object.fromEntries(
    stored.conversations.map(({ id, unread: count, last_seq }) => [
      id,
      // Counted up to what this device has seen, which is what was stored with it.
      { count, seq: stored.positions[id] ?? last_seq, later: [] },
    ]),
  );
  const outbox: ChatState["outbox"] = {};
  for (const message of stored.outbox) (outbox[message.conversationId] ??= []).push(message);
  change.reset({
    ready: stored.epoch !== undefined,
    ...(stored.me && { me: stored.me }),
    users: byId(stored.users),
    conversations: byId(stored.conversations),
    friends: byId(stored.friends),
    requests: stored.requests,
    drafts: stored.drafts,
    outbox,
    sync: {
      ...change.state.sync,
      ...(stored.epoch !== undefined && { epoch: stored.epoch }),
      ...(stored.serverTime !== undefined && { serverTime: stored.serverTime }),
      userSeq: stored.userSeq,
      positions: stored.positions,
      unread,
      blocked: Object.fromEntries(stored.blocked.map((id) => [id, true as const])),
    },
  });
}

function adoptSnapshot(change: Change, snapshot: SharedState): void {
  const { leader } = change.state.connection;
  change.reset({ ...snapshot, connection: { ...snapshot.connection, leader } });
  for (const [id, timeline] of Object.entries(change.state.timelines)) {
    const next = derive(timeline, change.state.sync.positions[id] ?? 0);
    change.write("timelines")[id] = next;
    // Entries passed between this tab's last event and the snapshot.
    if (next.hasNewer && !timeline.hasNewer) change.effect({ type: "reload_timeline", conversationId: id });
  }
}

function openTimeline(change: Change, event: Extract<LocalEvent, { type: "timeline_opened" }>): void {
  const id = event.conversationId;
  const position = change.state.sync.positions[id] ?? 0;
  const conversation = change.state.conversations[id];
  const { unreadFrom: _line, ...known } = change.state.timelines[id] ?? emptyTimeline();
  let timeline: Timeline = known;
  const entries = cleanPage(change, event.entries);
  for (const range of event.ranges) {
    const piece = entries.filter((entry) => entry.seq >= range[0] && entry.seq <= range[1]);
    timeline = insertPiece(timeline, piece, range, position);
  }
  const quoted = { ...timeline.quoted, ...bySeq(cleanPage(change, event.quoted)) };
  timeline = derive({ ...timeline, quoted, open: true }, position);
  if (conversation && conversation.unread > 0) timeline = { ...timeline, unreadFrom: conversation.read_seq + 1 };
  change.write("timelines")[id] = { ...timeline, openedAt: change.context.now };
  const byAge = Object.entries(change.state.timelines).sort(([, a], [, b]) => b.openedAt - a.openedAt);
  for (const [old] of byAge.slice(MAX_TIMELINES)) delete change.write("timelines")[old];
}

function setLoading(change: Change, id: string, loading: Timeline["loading"], gapAfter?: number): void {
  updateTimeline(change, id, ({ error: _error, ...timeline }) =>
    gapAfter === undefined
      ? { ...timeline, loading }
      : { ...timeline, gapStatus: { ...timeline.gapStatus, [gapAfter]: { loading: true } } },
  );
}

function setFailed(change: Change, id: string, error: Problem, gapAfter?: number): void {
  updateTimeline(change, id, (timeline) =>
    gapAfter === undefined
      ? { ...timeline, loading: "none", error }
      : { ...timeline, gapStatus: { ...timeline.gapStatus, [gapAfter]: { loading: false, error } } },
  );
}

function addPage(change: Change, event: Extract<LocalEvent, { type: "page" }>): void {
  const id = event.conversationId;
  mergeUsers(change, event.users);
  const entries = cleanPage(change, event.entries);
  const targets = cleanPage(change, event.quoted);
  // What is quoted is stored with the page, for when the page comes from the store.
  if (!event.stored) change.persist(id, [...targets, ...entries], event.range);
  updateTimeline(change, id, ({ error: _error, ...timeline }) =>
    insertPiece(
      { ...timeline, loading: "none", gapStatus: {}, quoted: { ...timeline.quoted, ...bySeq(targets) } },
      entries,
      event.range,
      change.state.sync.positions[id] ?? 0,
    ),
  );
}

/** Stored too, for when what quotes it is read from the store. */
export function learnQuoted(change: Change, raw: Entry): void {
  const entry = withoutErased(change, raw);
  const id = entry.conversation_id;
  change.persist(id, [entry]);
  const timeline = change.state.timelines[id];
  if (!timeline) return;
  change.write("timelines")[id] = { ...timeline, quoted: { ...timeline.quoted, [entry.seq]: entry } };
}

function updateTimeline(change: Change, id: string, update: (timeline: Timeline) => Timeline): void {
  const timeline = change.state.timelines[id];
  if (!timeline) return;
  change.write("timelines")[id] = derive(update(timeline), change.state.sync.positions[id] ?? 0);
}

function bySeq(entries: Entry[]): Record<number, Entry> {
  return Object.fromEntries(entries.map((entry) => [entry.seq, entry]));
}

function byId<T extends { id: string }>(items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.id, item]));
}
