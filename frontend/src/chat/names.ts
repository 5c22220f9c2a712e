import type { Conversation } from "@/api/types";
import type { ChatState } from "@/realtime/state";

/** What names come from; a part of the live state. */
export type People = Pick<ChatState, "users" | "friends" | "me">;

/** The name of somebody, however it is known; undefined for a person no answer has named yet. */
export function nameOf(id: string, people: People): string | undefined {
  if (people.me?.id === id) return people.me.username;
  return people.friends[id]?.username ?? people.users[id]?.username;
}

/** Where somebody's picture is, if they have one. */
export function pictureOf(id: string, people: People): string | undefined {
  const person = people.me?.id === id ? people.me : (people.friends[id] ?? people.users[id]);
  return person?.avatar_url ?? undefined;
}

/** The picture of a chat: of its person, or the group's own. */
export function faceOf(conversation: Conversation): string | undefined {
  return (conversation.kind === "direct" ? conversation.peer?.avatar_url : conversation.avatar_url) ?? undefined;
}

/** "Amara" of "Amara Okafor": where room is scarce. Names without spaces stay whole. */
export function shortName(name: string): string {
  return name.trim().split(/\s+/u)[0] ?? name;
}

export function titleOf(conversation: Conversation): string {
  return (conversation.kind === "direct" ? conversation.peer?.username : conversation.name) ?? "";
}

/** Id that picks the colour: a direct chat has the colour of its person. */
export function colourIdOf(conversation: Conversation): string {
  return conversation.peer?.id ?? conversation.id;
}

export function isMuted(conversation: Conversation, now: number): boolean {
  return conversation.muted_until ? Date.parse(conversation.muted_until) > now : false;
}

/** Whether the words of somebody are folded: those of people one blocks, in groups. In a direct chat they stay to be read. */
export function isFolded(conversation: Conversation, senderId: string, blocked: Record<string, true>): boolean {
  return conversation.kind === "group" && blocked[senderId] === true;
}

/** Online friends have a dot; others' presence is never shown. */
export function isOnlineFriend(userId: string | undefined, people: Pick<ChatState, "users" | "friends">): boolean {
  if (!userId || !people.friends[userId]) return false;
  return (people.users[userId]?.online ?? people.friends[userId]?.online) === true;
}

/** Letters that are not a base letter with an accent to Unicode, but are to people who look for a name. */
const LETTERS: Record<string, string> = { ß: "ss", ı: "i", ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe" };

/** Lower case, without accents and of one width: "Óscar" is found by "osc". */
export function foldName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßıłøđðþæœ]/gu, (letter) => LETTERS[letter] ?? letter);
}
