import type { User, UserEvent } from "@/api/types";
import type { Change } from "./change";
import { applyConversation, applyRemoved } from "./conversations";
import { addFriend, applyBlock, applyProfile, applyRequest, mergeUsers, briefOf, removeFriend } from "./people";

/** Events of the user's own log. */
export function applyUserEvent(change: Change, event: UserEvent): void {
  switch (event.type) {
    case "friend_request":
      return applyRequest(change, event.request);
    case "friend":
      return addFriend(change, event.user);
    case "friend_removed":
      return removeFriend(change, event.user_id);
    case "profile":
      return applyProfile(change, event.user);
    case "conversation":
      return applyConversation(change, event.conversation);
    case "conversation_removed":
      return applyRemoved(change, event.conversation_id, event.reason);
    case "join_request":
      return addJoinRequest(change, event.group_id, event.user);
    case "block":
      return applyBlock(change, event.user_id, event.blocked);
  }
}

function addJoinRequest(change: Change, groupId: string, user: User): void {
  // Somebody who asks again after an answer is news again, so the old request gives way to the new one.
  const others = (change.state.joinRequests[groupId] ?? []).filter((request) => request.user.id !== user.id);
  const created_at = new Date(change.context.now + change.state.clockOffsetMs).toISOString();
  change.write("joinRequests")[groupId] = [...others, { user, created_at }];
  mergeUsers(change, [briefOf(user)]);
}
