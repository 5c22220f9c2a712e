import type { ReadMarker, SyncAnswer, SyncConversation, UserEvent } from "@/api/types";
import type { Change } from "./change";
import { applyRead, forgetConversation, isReadable, mergeConversation } from "./conversations";
import { drain, hearHead, receiveSpan } from "./entries";
import { cleanPage } from "./erase";
import { learnQuoted } from "./local";
import { mergeUsers } from "./people";
import { applyUserEvent } from "./personal";
import { emptyTimeline } from "./timeline";
import { adoptUnread } from "./unread";

/** Applies the answer of `/sync` to `asked` positions. */
export function applySync(change: Change, asked: Record<string, number>, answer: SyncAnswer, at: number): void {
  const reload = answer.reload === true;
  if (reload) resetHistory(change);
  mergeUsers(change, answer.users);
  for (const item of answer.conversations) applyPiece(change, item, reload ? undefined : asked[item.conversation.id]);
  if (reload || Object.keys(asked).length === 0) dropUnlisted(change, answer);
  applyMarkers(change, asked, answer);
  for (const entry of cleanPage(change, answer.quoted)) learnQuoted(change, entry);
  replay(change, answer);
  if (answer.user_events_complete === false) change.effect({ type: "reload_lists" });
  for (const id of answer.removed) {
    const conversation = change.state.conversations[id];
    if (conversation && isReadable(conversation)) change.effect({ type: "verify_removed", conversationId: id });
  }
  change.set({ ready: true, clockOffsetMs: Date.parse(answer.server_time) - at });
  change.setSync({ epoch: answer.epoch, serverTime: answer.server_time, userSeq: answer.user_seq });
  change.effect({ type: "persist_meta" });
}

/**
 * Personal events are dense per user: the next is applied, a known one dropped. After a hole the event is applied, as it
 * tells the newest state, and the log is asked for, because what lies in the hole may concern something else.
 */
export function receiveUserEvent(change: Change, event: UserEvent): void {
  const { userSeq } = change.state.sync;
  const seq = event.user_seq;
  if (seq !== null && seq !== undefined) {
    if (seq <= userSeq) return;
    if (seq === userSeq + 1) {
      change.setSync({ userSeq: seq });
      change.effect({ type: "persist_meta" });
    } else change.effect({ type: "resync" });
  }
  applyUserEvent(change, event);
}

export function hearHeads(change: Change, heads: Record<string, number>, userSeq: number | null | undefined): void {
  for (const [id, seq] of Object.entries(heads)) {
    const conversation = change.state.conversations[id];
    if (!conversation) change.effect({ type: "resync" });
    else if (isReadable(conversation)) hearHead(change, id, seq);
  }
  if ((userSeq ?? 0) > change.state.sync.userSeq) change.effect({ type: "resync" });
}

/**
 * The personal log since the last resume. What the answer tells about conversations is newer than the log: one that it
 * lists is not overwritten, one that it does not list is hidden and stays so.
 */
function replay(change: Change, answer: SyncAnswer): void {
  const listed = new Set(answer.conversations.map(({ conversation }) => conversation.id));
  for (const event of answer.user_events) {
    if (event.type === "conversation") {
      const { id } = event.conversation;
      if (change.state.conversations[id] && !listed.has(id)) applyUserEvent(change, event);
    } else if (event.type === "conversation_removed") {
      const conversation = change.state.conversations[event.conversation_id];
      // Ended and then hidden; a readable one is in `removed` if it is gone.
      if (event.reason === "hidden" && conversation && !isReadable(conversation) && !listed.has(conversation.id)) {
        forgetConversation(change, conversation.id);
      }
    } else applyUserEvent(change, event);
  }
}

function applyPiece(change: Change, item: SyncConversation, asked: number | undefined): void {
  const { id } = item.conversation;
  const entries = cleanPage(change, item.entries);
  mergeConversation(change, item.conversation);
  const first = entries[0]?.seq;
  const last = entries.at(-1)?.seq;
  const position = change.state.sync.positions[id];
  if (
    position === undefined ||
    (asked !== undefined && !item.complete && first !== undefined && position < first - 1)
  ) {
    // The newest page only: what lies before it is history to be loaded.
    if (position !== undefined) dropEntries(change, id);
    change.writeSync("positions")[id] = first === undefined ? item.conversation.last_seq : first - 1;
  }
  const from = change.state.sync.positions[id] ?? 0;
  const after = item.complete && asked !== undefined ? Math.min(asked, from) : first === undefined ? from : first - 1;
  if (last !== undefined) receiveSpan(change, id, after, last, entries);
  else drain(change, id, true);
  if (isReadable(item.conversation)) hearHead(change, id, item.conversation.last_seq);
}

/**
 * Between what this device has and the newest page there may be unsends of what it has. They are not seen until
 * somebody scrolls there, so the text they erase must not stay on the screen or on the disk.
 */
function dropEntries(change: Change, id: string): void {
  const timeline = change.state.timelines[id];
  if (timeline) {
    const { openedAt, unreadFrom, open } = timeline;
    change.write("timelines")[id] = {
      ...emptyTimeline(),
      openedAt,
      ...(unreadFrom !== undefined && { unreadFrom }),
      ...(open && { open }),
    };
  }
  const { toasts, announcements } = change.state;
  const elsewhere = (item: { conversationId: string }) => item.conversationId !== id;
  change.set({ toasts: toasts.filter(elsewhere), announcements: announcements.filter(elsewhere) });
  change.effect({ type: "drop_entries", conversationId: id });
}

function applyMarkers(change: Change, asked: Record<string, number>, answer: SyncAnswer): void {
  const fresh = new Map(answer.conversations.map(({ conversation }) => [conversation.id, conversation.last_seq]));
  for (const [id, marker] of Object.entries(answer.markers)) {
    applyMarker(change, id, marker, fresh.get(id) ?? asked[id] ?? change.state.sync.positions[id] ?? 0);
  }
}

function applyMarker(change: Change, id: string, marker: ReadMarker, throughSeq: number): void {
  const conversation = change.state.conversations[id];
  if (!conversation) return;
  if (marker.read_seq > conversation.read_seq) {
    change.write("conversations")[id] = { ...conversation, read_seq: marker.read_seq };
  }
  adoptUnread(change, id, marker.unread, marker.read_seq, throughSeq);
  if (conversation.peer && marker.peer_read_seq) applyRead(change, id, conversation.peer.id, marker.peer_read_seq);
  change.persist(id);
}

/** The list is complete: what it does not name is gone. */
function dropUnlisted(change: Change, answer: SyncAnswer): void {
  const listed = new Set(answer.conversations.map(({ conversation }) => conversation.id));
  for (const id of Object.keys(change.state.conversations)) if (!listed.has(id)) forgetConversation(change, id);
}

/** Another history of the ledger: what was cached of the old one must not be mixed with it. The outbox stays. */
function resetHistory(change: Change): void {
  const { timelines, sync } = change.state;
  change.reset({
    conversations: {},
    reads: {},
    toasts: [],
    announcements: [],
    timelines: Object.fromEntries(
      Object.entries(timelines).map(([id, { open }]) => [id, { ...emptyTimeline(), ...(open && { open }) }]),
    ),
    sync: { ...sync, positions: {}, held: {}, heads: {}, unread: {}, erased: {} },
  });
  for (const id of Object.keys(timelines)) change.effect({ type: "reload_timeline", conversationId: id });
  change.effect({ type: "drop_history" });
}
