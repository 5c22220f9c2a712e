import { allPages } from "@/api/pages";
import { ApiError } from "@/api/problem";
import type { Conversation, EntryPage, FriendRequest, JoinRequest, User } from "@/api/types";
import { holeDelay, resendDelay } from "./backoff";
import type { Core } from "./core";
import type { Effect } from "./events";
import { isReadable } from "./reducer/conversations";

/** Above this a hole is left to `/sync`, which answers the newest page and a marked gap. */
const MAX_HOLE = 1_000;

const PAGE = 100;

/** Pause before a conversation is asked for, which gathers what asks for it. */
const REFRESH_MS = 300;

/** After a resume the friends are read again within this; at random, as many clients resume at once. */
const FRIENDS_MS = 5_000;

/** The leader's requests that make a device complete again. */
export interface CatchUp {
  run(effect: Effect): void;
  start(): void;
  stop(): void;
}

export function createCatchUp(core: Core, resync: () => void): CatchUp {
  const busy = new Map<string, () => void>();
  /** Per conversation the first entry that mentions somebody without a name. */
  const unnamed = new Map<string, number>();
  let stopped = true;

  /** One at a time under a key, after a pause; repeated with backoff while the server does not answer. */
  function schedule(key: string, delayMs: number, work: () => Promise<void>, attempts = 0): void {
    if (stopped || busy.has(key)) return;
    const cancel = core.clock.after(delayMs, () => {
      work().then(
        () => busy.delete(key),
        (error: unknown) => {
          busy.delete(key);
          if (!core.leader() || !(error instanceof ApiError) || !error.retryable) return;
          const pause = error.retryAfterMs ?? resendDelay(attempts, core.random);
          schedule(key, pause, work, attempts + 1);
        },
      );
    });
    busy.set(key, cancel);
  }

  async function closeHole(id: string): Promise<void> {
    for (;;) {
      const { sync, conversations } = core.state.getState();
      const afterSeq = sync.positions[id];
      const head = sync.heads[id];
      const conversation = conversations[id];
      if (stopped || afterSeq === undefined || head === undefined || head <= afterSeq) return;
      if (!conversation || !isReadable(conversation)) return;
      if (head - afterSeq > MAX_HOLE) return resync();
      const page = await core.http.get<EntryPage>(`/api/v1/conversations/${id}/entries`, {
        query: { after: afterSeq, limit: PAGE },
      });
      const last = page.items.at(-1)?.seq ?? afterSeq;
      // The last page reaches up to the head that was heard of before it was asked for.
      const throughSeq = hasNext(page) ? last : Math.max(last, head);
      core.share({
        type: "span",
        conversationId: id,
        afterSeq,
        throughSeq,
        entries: page.items,
        users: page.users,
      });
    }
  }

  /** Pages of entries name the people in them, former members too. */
  async function learnNames(id: string): Promise<void> {
    for (let seq = unnamed.get(id); seq !== undefined && !stopped; seq = unnamed.get(id)) {
      unnamed.delete(id);
      try {
        const page = await core.http.get<EntryPage>(`/api/v1/conversations/${id}/entries`, {
          query: { after: seq - 1, limit: PAGE },
        });
        core.share({ type: "named", users: page.users });
      } catch (error) {
        unnamed.set(id, seq);
        throw error;
      }
    }
  }

  async function refresh(id: string, removed: boolean): Promise<void> {
    try {
      const conversation = await core.http.get<Conversation>(`/api/v1/conversations/${id}`);
      // A hidden direct conversation still answers, as if nothing were.
      if (removed && isReadable(conversation)) core.share({ type: "forgotten", conversationId: id });
      else core.share({ type: "wire", event: { type: "conversation", conversation }, arrived: false });
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_found")
        core.share({ type: "forgotten", conversationId: id });
      else throw error;
    }
  }

  async function loadFriends(): Promise<void> {
    core.share({ type: "lists", friends: await allPages<User>(core.http, "/api/v1/friends") });
  }

  /** Own profile, friends, requests and blocks; each shows as soon as it is there, whatever the others do. */
  async function loadLists(): Promise<void> {
    const results = await Promise.allSettled([
      core.http.get<User>("/api/v1/me").then((me) => core.share({ type: "lists", me })),
      loadFriends(),
      loadRequests(),
      allPages<User>(core.http, "/api/v1/blocks").then((users) =>
        core.share({ type: "lists", blocked: users.map(({ id }) => id) }),
      ),
      loadJoinRequests(),
    ]);
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  /** Who waits to be let into the groups that the user lets people into. */
  async function loadJoinRequests(): Promise<void> {
    for (const { id, kind, role, state, join_policy } of Object.values(core.state.getState().conversations)) {
      if (kind !== "group" || role !== "admin" || state !== "active" || join_policy !== "approval") continue;
      const items = await allPages<JoinRequest>(core.http, `/api/v1/groups/${id}/join-requests`);
      core.share({ type: "join_requests", groupId: id, items });
    }
  }

  async function loadRequests(): Promise<void> {
    const [incoming, outgoing] = await Promise.all([
      allPages<FriendRequest>(core.http, "/api/v1/friend-requests", { query: { direction: "incoming" } }),
      allPages<FriendRequest>(core.http, "/api/v1/friend-requests", { query: { direction: "outgoing" } }),
    ]);
    const requests = [...incoming, ...outgoing].filter(
      (request) => request.status === "pending" || (request.status === "rejected" && request.direction === "incoming"),
    );
    core.share({ type: "lists", requests });
  }

  return {
    run(effect) {
      switch (effect.type) {
        case "fetch":
          return schedule(`hole ${effect.conversationId}`, holeDelay(core.random), () =>
            closeHole(effect.conversationId),
          );
        case "refresh":
          return schedule(`conversation ${effect.conversationId}`, REFRESH_MS, () =>
            refresh(effect.conversationId, false),
          );
        case "name":
          if (!unnamed.has(effect.conversationId)) unnamed.set(effect.conversationId, effect.seq);
          return schedule(`names ${effect.conversationId}`, REFRESH_MS, () => learnNames(effect.conversationId));
        case "verify_removed":
          return schedule(`removed ${effect.conversationId}`, REFRESH_MS, () => refresh(effect.conversationId, true));
        case "resync":
          return schedule("sync", holeDelay(core.random), () => Promise.resolve(resync()));
        case "reload_lists":
          return schedule("lists", 0, loadLists);
        case "reload_friends":
          return schedule("friends", core.random() * FRIENDS_MS, loadFriends);
        default:
          return;
      }
    },
    start() {
      stopped = false;
    },
    stop() {
      stopped = true;
      for (const cancel of busy.values()) cancel();
      busy.clear();
      unnamed.clear();
    },
  };
}

export function hasNext(page: { next?: unknown }): boolean {
  return page.next !== undefined && page.next !== null;
}
