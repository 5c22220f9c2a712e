import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Conversation, Member } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { useNow } from "@/app/now";
import { foldName, isOnlineFriend } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { IconButton } from "@/ui/button/Button";
import { Block } from "@/ui/details/Details";
import { ask } from "@/ui/dialog/ask";
import { ErrorState, Skeletons, Tag } from "@/ui/feedback/states";
import { TextField } from "@/ui/field/TextField";
import { Icon } from "@/ui/icons/Icon";
import { openMenu, type MenuItem } from "@/ui/menu/store";
import { PersonLine } from "@/ui/person/PersonLine";
import { removeMember, setRole } from "../api";
import { asNamedNow, sortMembers } from "../model";
import styles from "./GroupDetails.module.css";

/** Members of larger groups can be searched. */
const SEARCH_ABOVE = 20;

/** Drawn at first; a thousand members are more than anybody reads. */
const SHOWN = 50;

interface MemberListProps {
  group: Conversation;
  members: Member[] | undefined;
  failed: boolean;
  onRetry: () => void;
  onAdd?: () => void;
  onPerson: (userId: string, opener: HTMLElement) => void;
}

export function MemberList({ group, members, failed, onRetry, onAdd, onPerson }: MemberListProps) {
  const { t, i18n } = useTranslation();
  const me = useChat((s) => s.me);
  const friends = useChat((s) => s.friends);
  const [query, setQuery] = useState("");
  const [all, setAll] = useState(false);
  const found = useMemo(
    () =>
      sortMembers(asNamedNow(members ?? [], me, friends), me?.id, i18n.language).filter((member) =>
        foldName(member.user.username).includes(foldName(query.trim())),
      ),
    [members, friends, me, i18n.language, query],
  );
  const shown = all ? found : found.slice(0, SHOWN);
  const list = useRef<HTMLUListElement>(null);

  /** The button goes: who pressed it goes on with what it has brought. */
  function showAll() {
    flushSync(() => setAll(true));
    list.current?.children[SHOWN]?.querySelector("button")?.focus({ preventScroll: true });
  }

  return (
    <Block
      title={t("group.members")}
      aside={<span className="muted tnum">{group.member_count}</span>}
      end={
        onAdd && (
          <button type="button" onClick={onAdd}>
            {t("group.add")}
          </button>
        )
      }
    >
      {!members && !failed && <Skeletons rows={4} />}
      {!members && failed && <ErrorState onRetry={onRetry} />}
      {members && members.length > SEARCH_ABOVE && (
        <TextField
          type="search"
          look="soft"
          className={styles.search}
          label={t("group.searchMembers")}
          hideLabel
          placeholder={t("group.searchMembers")}
          start={<Icon name="magnifying-glass" />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      )}
      <ul ref={list}>
        {shown.map((member) => (
          <li key={member.user.id}>
            <MemberLine group={group} member={member} onPerson={onPerson} />
          </li>
        ))}
      </ul>
      {found.length > shown.length && (
        <button type="button" className={styles.more} onClick={showAll}>
          {t("group.showAll", { count: found.length })}
        </button>
      )}
    </Block>
  );
}

interface MemberLineProps {
  group: Conversation;
  member: Member;
  onPerson: (userId: string, opener: HTMLElement) => void;
}

function MemberLine({ group, member, onPerson }: MemberLineProps) {
  const { t, i18n } = useTranslation();
  const { user, role } = member;
  const now = useNow();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends })));
  const mine = useChat((s) => s.me?.id === user.id);
  const openMemberMenu = useMemberMenu(group);
  // Nobody's presence but that of friends is shown, and one's own.
  const friend = people.friends[user.id] ? (people.users[user.id] ?? people.friends[user.id]) : undefined;
  const online = mine || isOnlineFriend(user.id, people);
  const manages = group.role === "admin" && !mine;

  return (
    <PersonLine
      id={user.id}
      username={user.username}
      src={user.avatar_url}
      online={online}
      name={
        <>
          {mine ? (
            <bdi>{user.username}</bdi>
          ) : (
            <button type="button" onClick={(event) => onPerson(user.id, event.currentTarget)}>
              <bdi>{user.username}</bdi>
            </button>
          )}{" "}
          {mine && <span className="muted">{t("group.you")}</span>}
        </>
      }
      below={presenceText({ online, lastOnline: friend?.last_online }, now, i18n.language, t)}
    >
      {role === "admin" && <Tag tone="accent">{t("group.admin")}</Tag>}
      {manages && (
        <IconButton
          icon="dots-three"
          size="sm"
          label={t("group.memberMenu", { name: user.username })}
          aria-haspopup="menu"
          onClick={(event) => openMemberMenu(member, event.currentTarget)}
        />
      )}
    </PersonLine>
  );
}

/** What admins can do with a member. */
function useMemberMenu(group: Conversation) {
  const { t } = useTranslation();
  const http = useHttp();
  const queries = useQueryClient();
  const fail = useFailure();

  return ({ user, role }: Member, opener: HTMLElement) => {
    const attempt = async (act: () => Promise<unknown>) => {
      try {
        await act();
      } catch (error) {
        fail(error);
      }
      await queries.invalidateQueries({ queryKey: ["members", group.id] });
    };
    const kick = async () => {
      const yes = await ask({
        title: t("group.kick.title", { name: user.username }),
        body: t("group.kick.text"),
        confirm: t("group.kick.confirm"),
        cancel: t("common.cancel"),
        danger: true,
      });
      if (yes) await attempt(() => removeMember(http, group.id, user.id));
    };
    const items: MenuItem[] = [
      {
        id: "role",
        icon: "crown-simple",
        label: role === "admin" ? t("group.makeMember") : t("group.makeAdmin"),
        onSelect: () => void attempt(() => setRole(http, group.id, user.id, role === "admin" ? "member" : "admin")),
      },
      { id: "kick", icon: "user-minus", label: t("group.kick.menu"), danger: true, onSelect: () => void kick() },
    ];
    openMenu(opener, t("group.memberMenu", { name: user.username }), items);
  };
}
