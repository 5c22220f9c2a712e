import type { ChatState } from "@/realtime/state";

const KEY = "kith.welcomed";

/** Remembers in this browser that somebody has confirmed their name. */
export function markWelcomed(userId: string): void {
  try {
    localStorage.setItem(KEY, userId);
  } catch {
    // Storage is refused; the question comes again.
  }
}

function wasWelcomed(userId: string): boolean {
  try {
    return localStorage.getItem(KEY) === userId;
  } catch {
    return false;
  }
}

/**
 * Whether to ask for the name first. The server does not say that an account is new; one that has neither friends,
 * requests, chats nor an introduction is as good as new.
 */
export function isFirstRun(state: Pick<ChatState, "ready" | "me" | "friends" | "conversations" | "requests">): boolean {
  const { ready, me, friends, conversations, requests } = state;
  if (!ready || !me || me.introduction || requests.length > 0) return false;
  if (Object.keys(friends).length > 0 || Object.keys(conversations).length > 0) return false;
  return !wasWelcomed(me.id);
}
