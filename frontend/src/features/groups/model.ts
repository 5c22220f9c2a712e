import type { Member, User } from "@/api/types";

/** Longest group name, in Unicode scalar values. */
export const MAX_GROUP_NAME = 64;

/** A name as the server keeps it: normalized and trimmed; undefined when it is none. */
export function parseGroupName(input: string): string | undefined {
  const name = input.normalize("NFC").trim();
  const length = Array.from(name).length;
  return length >= 1 && length <= MAX_GROUP_NAME && !/\p{Cc}/u.test(name) ? name : undefined;
}

/**
 * Members with the name and picture that oneself and friends have now. Their changes are told live, but they are none of
 * the group, so its list is not asked for again.
 */
export function asNamedNow(members: Member[], me: User | undefined, friends: Record<string, User>): Member[] {
  return members.map((member) => {
    const { id } = member.user;
    const now = id === me?.id ? me : friends[id];
    return now ? { ...member, user: { ...member.user, username: now.username, avatar_url: now.avatar_url } } : member;
  });
}

/** Oneself, then admins, then by name. */
export function sortMembers(members: Member[], me: string | undefined, language: string): Member[] {
  const rank = (member: Member) => (member.user.id === me ? 0 : member.role === "admin" ? 1 : 2);
  const collator = new Intl.Collator(language);
  return [...members].sort((a, b) => rank(a) - rank(b) || collator.compare(a.user.username, b.user.username));
}

/** Who becomes admin when `leaver` leaves: nobody while another admin is there, else the longest-standing member. */
export function successorOf(members: Member[], leaver: string): Member | undefined {
  const others = members.filter((member) => member.user.id !== leaver);
  const wasAdmin = members.some((member) => member.user.id === leaver && member.role === "admin");
  if (!wasAdmin || others.some((member) => member.role === "admin")) return undefined;
  return others.reduce<Member | undefined>(
    (oldest, member) => (!oldest || Date.parse(member.joined_at) < Date.parse(oldest.joined_at) ? member : oldest),
    undefined,
  );
}
