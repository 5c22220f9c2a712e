// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Member, MemberRole } from "@/api/types";
import { asNamedNow, parseGroupName, sortMembers, successorOf } from "./model";

const member = (id: string, role: MemberRole, joined: string, username = id): Member => ({
  user: { id, username, relation: "none" },
  role,
  joined_at: `2026-01-${joined}T00:00:00.000Z`,
});

describe("parseGroupName", () => {
  it.each([
    ["  Flat 4B ", "Flat 4B"],
    ["e\u0301", "\u00e9"],
    ["🥟".repeat(64), "🥟".repeat(64)],
    ["🥟".repeat(65), undefined],
    ["a\u0000b", undefined],
    ["a\nb", undefined],
    ["   ", undefined],
  ])("%j", (input, name) => expect(parseGroupName(input)).toBe(name));
});

describe("successorOf", () => {
  it.each<[string, Member[], string | undefined]>([
    ["another admin stays", [member("me", "admin", "01"), member("a", "admin", "02")], undefined],
    ["a member leaves", [member("me", "member", "01"), member("a", "admin", "02")], undefined],
    [
      "the longest-standing follows",
      [member("me", "admin", "01"), member("a", "member", "03"), member("b", "member", "02")],
      "b",
    ],
    ["the last one", [member("me", "admin", "01")], undefined],
  ])("%s", (_, members, id) => expect(successorOf(members, "me")?.user.id).toBe(id));
});

it("sorts oneself, admins, names", () => {
  const members = [
    member("1", "member", "01", "Zoë"),
    member("2", "member", "01", "Ámbar"),
    member("3", "admin", "01", "Mo"),
    member("me", "member", "01", "Xi"),
  ];
  expect(sortMembers(members, "me", "en").map((m) => m.user.username)).toEqual(["Xi", "Mo", "Ámbar", "Zoë"]);
});

it("names oneself and friends as they are called now, others as the list does", () => {
  const members = [member("me", "admin", "01"), member("1", "member", "01", "Bea"), member("2", "member", "01", "Chi")];
  const me = { ...member("me", "admin", "01", "Amara at sea").user };
  const friends = { 1: { ...member("1", "member", "01", "Bea Lindqvist").user, avatar_url: "/bea.webp" } };
  const named = asNamedNow(members, me, friends).map(({ user }) => [user.username, user.avatar_url]);
  expect(named).toEqual([
    ["Amara at sea", undefined],
    ["Bea Lindqvist", "/bea.webp"],
    ["Chi", undefined],
  ]);
});
