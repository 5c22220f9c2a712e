import type { UserEvent, WireEvent } from "@/api/types";
import type { ChatEvent, Context, Effect } from "../events";
import type { ChatState } from "../state";
import { dropReadToasts, noteTyping } from "./attention";
import { Change } from "./change";
import { applyRead, forgetConversation } from "./conversations";
import { setDraft } from "./drafts";
import { receiveEntry, receiveSpan } from "./entries";
import { cleanPage } from "./erase";
import { applyLocal } from "./local";
import { changeOutbox } from "./outbox";
import { applyPresence, briefOf, mergeUsers, setBlocked } from "./people";
import { applySync, hearHeads, receiveUserEvent } from "./sync";
import { advanceRead } from "./unread";

export interface Step {
  state: ChatState;
  effects: Effect[];
}

/** The state after `event`, and what is to be done about it. Pure: equal arguments give equal results. */
export function reduce(state: ChatState, event: ChatEvent, context: Context): Step {
  const change = new Change(state, context);
  apply(change, event);
  return { state: change.state, effects: change.effects };
}

function apply(change: Change, event: ChatEvent): void {
  switch (event.type) {
    case "wire":
      return applyWire(change, event.event, event.arrived);
    case "sync":
      return applySync(change, event.asked, event.answer, event.at);
    case "span":
      mergeUsers(change, event.users);
      return receiveSpan(
        change,
        event.conversationId,
        event.afterSeq,
        event.throughSeq,
        cleanPage(change, event.entries),
      );
    case "connection":
      change.set({ connection: { ...event.connection, leader: change.state.connection.leader } });
      if (event.clockOffsetMs !== undefined) change.set({ clockOffsetMs: event.clockOffsetMs });
      return;
    case "outbox":
      return changeOutbox(change, event.change);
    case "viewed":
      return applyViewed(change, event.conversationId, event.seq);
    case "in_view":
      return dropReadToasts(change, event.conversationId, event.seq);
    case "draft":
      return setDraft(change, event.conversationId, event.draft ?? undefined);
    case "lists":
      return applyLists(change, event);
    case "named":
      return mergeUsers(change, event.users);
    case "join_requests":
      change.write("joinRequests")[event.groupId] = event.items;
      return;
    case "forgotten":
      return forgetConversation(change, event.conversationId);
    default:
      return applyLocal(change, event);
  }
}

function applyWire(change: Change, event: WireEvent, arrived: boolean): void {
  switch (event.type) {
    case "entry":
      return receiveEntry(change, event.entry, arrived);
    case "read":
      return applyRead(change, event.conversation_id, event.user_id, event.read_seq);
    case "typing":
      return noteTyping(change, event.conversation_id, event.user_id);
    case "presence":
      return applyPresence(change, event);
    case "heads":
      return hearHeads(change, event.heads, event.user_seq);
    case "session":
      if (event.action === "deleting") return awaitDeletion(change, event.until);
      change.set({
        session: {
          ended: {
            action: event.action,
            ...(event.reason && { reason: event.reason }),
            ...(event.until && { until: event.until }),
          },
        },
      });
      return change.effect({ type: "session_ended" });
    case "error":
      // Answers a frame of the leader, which handles it before it comes here.
      return;
    default:
      return receiveUserEvent(change, event satisfies UserEvent);
  }
}

/** No end: until then the owner may change their mind, and what this machine knows stays. */
function awaitDeletion(change: Change, until: string | null | undefined): void {
  const { me } = change.state;
  if (!me || !until) return;
  change.set({ me: { ...me, deletes_at: until } });
  change.effect({ type: "persist_meta" });
}

/** What this user saw here, which is nothing that has not arrived. */
function applyViewed(change: Change, id: string, seq: number): void {
  advanceRead(change, id, Math.min(seq, change.state.conversations[id]?.last_seq ?? 0));
  dropReadToasts(change, id, seq);
}

function applyLists(change: Change, lists: Extract<ChatEvent, { type: "lists" }>): void {
  if (lists.me) {
    change.set({ me: lists.me });
    mergeUsers(change, [briefOf(lists.me)]);
  }
  if (lists.friends) {
    change.reset({ friends: Object.fromEntries(lists.friends.map((user) => [user.id, user])) });
    mergeUsers(change, lists.friends.map(briefOf));
  }
  if (lists.requests) {
    change.set({ requests: lists.requests });
    mergeUsers(
      change,
      lists.requests.map(({ user }) => briefOf(user)),
    );
  }
  if (lists.blocked) setBlocked(change, lists.blocked);
  change.effect({ type: "persist_meta" });
}
