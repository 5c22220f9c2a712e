import type { FriendRequest, User } from "@/api/types";
import type { Person } from "../state";
import { dropToastsOf } from "./attention";
import type { Change } from "./change";
import { recount } from "./unread";

const SHOWN = ["username", "avatar_url", "online", "last_online"] as const;

/** Names from lists and pages. Presence known from elsewhere stays unless this one is newer. */
export function mergeUsers(change: Change, briefs: readonly Person[]): void {
  const changed: string[] = [];
  for (const brief of briefs) {
    const known = change.state.users[brief.id];
    // Who has no picture any more is named without one.
    const next: Person = {
      ...known,
      id: brief.id,
      username: brief.username,
      avatar_url: brief.avatar_url ?? undefined,
    };
    if (brief.online !== undefined && brief.online !== null) next.online = brief.online;
    if (brief.last_online) next.last_online = brief.last_online;
    if (known && SHOWN.every((part) => known[part] === next[part])) continue;
    change.write("users")[brief.id] = next;
    changed.push(brief.id);
  }
  if (changed.length > 0) change.effect({ type: "persist_users", ids: changed });
}

export function briefOf(user: User): Person {
  const { id, username, avatar_url, online, last_online } = user;
  return { id, username, avatar_url, online, last_online };
}

/** Presence as of a server time; what is older than the known one is ignored. */
export function applyPresence(
  change: Change,
  event: { user_id: string; online: boolean; last_online?: string | null | undefined; as_of: string },
): void {
  const known = change.state.users[event.user_id];
  if (known?.as_of && Date.parse(known.as_of) >= Date.parse(event.as_of)) return;
  const { online, as_of, last_online } = event;
  const friend = change.state.friends[event.user_id];
  const name = known?.username ?? friend?.username;
  if (name === undefined) return;
  change.write("users")[event.user_id] = { ...known, id: event.user_id, username: name, online, last_online, as_of };
  if (friend)
    change.write("friends")[event.user_id] = { ...friend, online, last_online: last_online ?? friend.last_online };
}

/** A changed profile: own, or a friend's. */
export function applyProfile(change: Change, profile: User): void {
  // What is absent from a profile is not there any more.
  const user: User = { ...profile, avatar_url: profile.avatar_url ?? null, introduction: profile.introduction ?? null };
  const { state } = change;
  if (user.relation === "self" || user.id === state.sync.userId) {
    // Always whole: what an own profile does not name, an introduction or the time of a deletion, is not set any more.
    change.set({ me: user });
    change.effect({ type: "persist_meta" });
  }
  const friend = state.friends[user.id];
  if (friend) {
    change.write("friends")[user.id] = withPresence(user, friend);
    change.effect({ type: "persist_meta" });
  }
  mergeUsers(change, [briefOf(user)]);
  for (const conversation of Object.values(state.conversations)) {
    if (conversation.peer?.id !== user.id) continue;
    change.write("conversations")[conversation.id] = { ...conversation, peer: withPresence(user, conversation.peer) };
    change.persist(conversation.id);
  }
}

/** The profile as it is now: what it does not name is not shown any more. Presence travels by events of its own. */
function withPresence(user: User, known: User): User {
  return { ...user, online: user.online ?? known.online, last_online: user.last_online ?? known.last_online };
}

export function addFriend(change: Change, user: User): void {
  change.write("friends")[user.id] = user;
  change.set({ requests: change.state.requests.filter((request) => request.user.id !== user.id) });
  mergeUsers(change, [briefOf(user)]);
  setRelation(change, user.id, "friend");
  change.effect({ type: "persist_meta" });
}

export function removeFriend(change: Change, userId: string): void {
  if (change.state.friends[userId]) delete change.write("friends")[userId];
  const brief = change.state.users[userId];
  if (brief) {
    const { online: _online, last_online: _last, as_of: _asOf, ...rest } = brief;
    change.write("users")[userId] = rest;
  }
  setRelation(change, userId, "none");
  change.effect({ type: "persist_meta" });
}

/** Pending ones stay in the list, and so do those one rejected; answered ones go. */
export function applyRequest(change: Change, request: FriendRequest): void {
  const others = change.state.requests.filter((other) => other.id !== request.id);
  const keep = request.status === "pending" || (request.status === "rejected" && request.direction === "incoming");
  change.set({ requests: keep ? [request, ...others] : others });
  mergeUsers(change, [briefOf(request.user)]);
  change.effect({ type: "persist_meta" });
}

/** Whoever got in, by whichever admin, does not wait any more. */
export function dropJoinRequest(change: Change, groupId: string, userId: string | null | undefined): void {
  const known = change.state.joinRequests[groupId];
  if (!known?.some((request) => request.user.id === userId)) return;
  change.write("joinRequests")[groupId] = known.filter((request) => request.user.id !== userId);
}

export function applyBlock(change: Change, userId: string, blocked: boolean): void {
  const others = Object.keys(change.state.sync.blocked).filter((id) => id !== userId);
  setBlocked(change, blocked ? [...others, userId] : others);
}

export function setBlocked(change: Change, ids: readonly string[]): void {
  const before = change.state.sync.blocked;
  const same = Object.keys(before).length === ids.length && ids.every((id) => before[id]);
  if (same) return;
  const blocked = Object.fromEntries(ids.map((id) => [id, true as const]));
  change.setSync({ blocked });
  dropToastsOf(change, blocked);
  for (const conversation of Object.values(change.state.conversations)) {
    if (conversation.kind === "group") recount(change, conversation.id);
  }
  change.effect({ type: "persist_meta" });
}

function setRelation(change: Change, userId: string, relation: User["relation"]): void {
  for (const conversation of Object.values(change.state.conversations)) {
    if (conversation.peer?.id !== userId || conversation.peer.relation === relation) continue;
    change.write("conversations")[conversation.id] = { ...conversation, peer: { ...conversation.peer, relation } };
    change.persist(conversation.id);
  }
}
