import type { TFunction } from "i18next";
import type { Entry } from "@/api/types";
import { nameOf, type People } from "./names";

export interface NoticePart {
  text: string;
  /** A name, which stands out. */
  strong: boolean;
}

// Private-use characters mark the names inside the translated sentence; they cannot come out of a resource file.
const OPEN = "\uE000";
const CLOSE = "\uE001";

/**
 * The sentence of a notice, cut so that names can be drawn differently.
 * "You" has sentences of its own, because verbs differ.
 */
export function noticeParts(entry: Entry, people: People, t: TFunction): NoticePart[] {
  const notice = entry.notice;
  if (!notice) return [];
  const actor = notice.by ?? entry.sender_id;
  const subject = notice.user_id ?? actor;
  const me = people.me?.id;
  const mark = (id: string) => OPEN + (nameOf(id, people) ?? t("common.someone")) + CLOSE;

  const names = { by: mark(actor), user: mark(subject), name: OPEN + (notice.name ?? "") + CLOSE };
  const context = actor === me ? "byMe" : subject === me ? "userMe" : undefined;
  const sentence = (() => {
    switch (notice.type) {
      case "joined":
        return actor === subject
          ? t("notice.joined", { ...names, context: subject === me ? "userMe" : undefined })
          : t("notice.added", { ...names, context });
      case "left":
        return t("notice.left", { ...names, context: subject === me ? "userMe" : undefined });
      case "kicked":
        return t("notice.kicked", { ...names, context });
      case "role_changed":
        // Without an actor the server chose the next admin itself, when the last one left.
        if (!notice.by || actor === subject) {
          return t("notice.becameAdmin", { ...names, context: subject === me ? "userMe" : undefined });
        }
        return notice.role === "admin"
          ? t("notice.madeAdmin", { ...names, context })
          : t("notice.madeMember", { ...names, context });
      case "created":
        return t("notice.created", { ...names, context: actor === me ? "byMe" : undefined });
      case "renamed":
        return t("notice.renamed", { ...names, context: actor === me ? "byMe" : undefined });
      case "avatar_changed":
        return t("notice.avatarChanged", { ...names, context: actor === me ? "byMe" : undefined });
      case "join_policy_changed":
        return t("notice.joinPolicyChanged", { ...names, context: actor === me ? "byMe" : undefined });
      case "history_visibility_changed":
        return t("notice.historyVisibilityChanged", { ...names, context: actor === me ? "byMe" : undefined });
    }
  })();

  return sentence
    .split(/(\uE000[^\uE001]*\uE001)/u)
    .filter((part) => part !== "")
    .map((part) => ({ text: part.replace(/[\uE000\uE001]/gu, ""), strong: part.startsWith(OPEN) }));
}

export function noticeText(entry: Entry, people: People, t: TFunction): string {
  return noticeParts(entry, people, t)
    .map((part) => part.text)
    .join("");
}
