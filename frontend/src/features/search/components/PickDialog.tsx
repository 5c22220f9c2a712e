import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Conversation } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { membersQuery } from "@/chat/members";
import { colourIdOf, foldName, isOnlineFriend, titleOf } from "@/chat/names";
import { Dialog } from "@/ui/dialog/Dialog";
import { TextField } from "@/ui/field/TextField";
import { Icon } from "@/ui/icons/Icon";
import { PersonLine } from "@/ui/person/PersonLine";
import styles from "./PickDialog.module.css";

/** Rows shown at once; a longer query finds the rest. */
const MOST = 50;

interface Choice {
  id: string;
  name: string;
  colourId: string;
  group?: boolean;
  online?: boolean;
}

interface PickProps {
  chosen: string | undefined;
  onPick: (id: string | undefined) => void;
  onClose: () => void;
}

/** Picks the one chat to search, or all of them. */
export function PickChat(props: PickProps) {
  const { t } = useTranslation();
  const conversations = useChat((s) => s.conversations);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends })));
  const choices = useMemo<Choice[]>(
    () =>
      Object.values(conversations)
        .sort((a, b) => (b.last_entry?.server_time ?? "").localeCompare(a.last_entry?.server_time ?? ""))
        .map((conversation) => ({
          id: conversation.id,
          name: titleOf(conversation),
          colourId: colourIdOf(conversation),
          group: conversation.kind === "group",
          online: isOnlineFriend(conversation.peer?.id, people),
        })),
    [conversations, people],
  );
  return <Pick {...props} title={t("search.pickChat")} any={t("search.allChats")} choices={choices} />;
}

/** Picks whose messages are sought: of one chat its members, else oneself and everybody whose name is known here. */
export function PickSender({ chat, ...props }: PickProps & { chat: Conversation | undefined }) {
  const { t, i18n } = useTranslation();
  const http = useHttp();
  const me = useChat((s) => s.me);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends })));
  const group = chat?.kind === "group" ? chat : undefined;
  const { data: members } = useQuery({
    ...membersQuery(http, group ?? { id: "", members_version: 0 }),
    enabled: group?.state === "active",
  });
  const choices = useMemo<Choice[]>(() => {
    const known = members?.map(({ user }) => user) ?? (chat?.peer ? [chat.peer] : Object.values(people.users));
    const { compare } = new Intl.Collator(i18n.language);
    const others = known
      .filter((user) => user.id !== me?.id)
      .map((user) => ({
        id: user.id,
        name: user.username,
        colourId: user.id,
        online: isOnlineFriend(user.id, people),
        friend: people.friends[user.id] !== undefined,
      }))
      .sort((a, b) => Number(b.friend) - Number(a.friend) || compare(a.name, b.name));
    return [...(me ? [{ id: me.id, name: t("common.you"), colourId: me.id }] : []), ...others];
  }, [members, chat, people, me, i18n.language, t]);
  return <Pick {...props} title={t("search.pickSender")} any={t("search.anyone")} choices={choices} />;
}

interface PickListProps extends PickProps {
  title: string;
  /** The choice of none of them. */
  any: string;
  choices: Choice[];
}

function Pick({ title, any, choices, chosen, onPick, onClose }: PickListProps) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const wanted = foldName(query.trim());
  const found = choices.filter((choice) => foldName(choice.name).includes(wanted)).slice(0, MOST);
  return (
    <Dialog title={title} onClose={onClose}>
      <TextField
        className={styles.filter}
        type="search"
        label={t("search.pickFilter")}
        hideLabel
        data-autofocus
        placeholder={t("search.pickFilter")}
        start={<Icon name="magnifying-glass" />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <ul className={styles.choices}>
        {wanted === "" && (
          <li>
            <button
              type="button"
              className={styles.choice}
              aria-pressed={chosen === undefined}
              onClick={() => onPick(undefined)}
            >
              <span className={styles.any}>{any}</span>
              {chosen === undefined && <Icon name="check" />}
            </button>
          </li>
        )}
        {found.map((choice) => (
          <li key={choice.id}>
            <button
              type="button"
              className={styles.choice}
              aria-pressed={choice.id === chosen}
              onClick={() => onPick(choice.id)}
            >
              <PersonLine
                id={choice.colourId}
                name={<bdi>{choice.name}</bdi>}
                username={choice.name}
                group={choice.group}
                online={choice.online}
              />
              {choice.id === chosen && <Icon name="check" />}
            </button>
          </li>
        ))}
      </ul>
      {wanted !== "" && found.length === 0 && (
        <p className={styles.nobody}>{t("search.nothing.title", { query: query.trim() })}</p>
      )}
    </Dialog>
  );
}
