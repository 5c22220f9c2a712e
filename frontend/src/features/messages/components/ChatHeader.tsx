import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { useNow } from "@/app/now";
import { membersQuery } from "@/chat/members";
import { colourIdOf, faceOf, isOnlineFriend, titleOf } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { Avatar } from "@/ui/avatar/Avatar";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import styles from "./ChatView.module.css";

interface ChatHeaderProps {
  conversation: Conversation;
  /** Where Back goes on a phone. */
  from: "chats" | "search";
  detailsOpen: boolean;
  onDetails: () => void;
  onFind: () => void;
  onMenu: (opener: HTMLElement) => void;
}

export function ChatHeader({ conversation, from, detailsOpen, onDetails, onFind, onMenu }: ChatHeaderProps) {
  const { t } = useTranslation();
  const title = titleOf(conversation);
  const online = useChat((s) => isOnlineFriend(conversation.peer?.id, s));
  return (
    <header className={styles.header}>
      {from === "search" ? (
        <Link
          to="/search"
          search={(before) => ({ ...before, at: undefined })}
          className={`${styles.back} only-phone`}
          aria-label={t("search.back")}
        >
          <Icon name="caret-left" size="l" flip />
        </Link>
      ) : (
        <Link to="/" className={`${styles.back} only-phone`} aria-label={t("chat.back")}>
          <Icon name="caret-left" size="l" flip />
        </Link>
      )}
      {/* A larger place to press; a button does the same and has a name: at the end, or on a phone over all of it. */}
      {/* eslint-disable-next-line jsx-a11y-x/click-events-have-key-events, jsx-a11y-x/no-static-element-interactions */}
      <div className={styles.who} onClick={onDetails}>
        <Avatar
          id={colourIdOf(conversation)}
          name={title}
          src={faceOf(conversation)}
          size={40}
          group={conversation.kind === "group"}
          online={online}
        />
        <div className="grow">
          <h2 className={`${styles.title} trunc`} title={title} tabIndex={-1}>
            <bdi>{title}</bdi>
          </h2>
          <div className={`${styles.status} trunc`}>
            <Status conversation={conversation} />
          </div>
        </div>
        {/* Its press goes on to what it lies over. */}
        <button
          type="button"
          className={`${styles.over} only-phone`}
          aria-label={t("chat.details")}
          aria-pressed={detailsOpen}
        />
      </div>
      <IconButton
        className="no-phone"
        icon="magnifying-glass"
        iconSize="l"
        label={t("search.inChat.name")}
        onClick={onFind}
      />
      <IconButton
        icon="dots-three-vertical"
        iconSize="l"
        label={t("chat.menu")}
        aria-haspopup="menu"
        onClick={(event) => onMenu(event.currentTarget)}
      />
      <IconButton
        className="no-phone"
        icon="sidebar-simple"
        iconSize="l"
        label={t("chat.details")}
        aria-pressed={detailsOpen}
        onClick={onDetails}
      />
    </header>
  );
}

/** Members of larger groups are not fetched for a header. */
const COUNT_FRIENDS_UP_TO = 200;

function Status({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const http = useHttp();
  const group = conversation.kind === "group";
  const peer = useChat((s) => {
    const id = conversation.peer?.id;
    return id && s.friends[id] ? (s.users[id] ?? s.friends[id]) : undefined;
  });
  const { data: members } = useQuery({
    ...membersQuery(http, conversation),
    enabled: group && conversation.state === "active" && conversation.member_count <= COUNT_FRIENDS_UP_TO,
  });
  const friendsOnline = useChat((s) => members?.filter((member) => isOnlineFriend(member.user.id, s)).length ?? 0);
  if (!group) {
    return presenceText({ online: peer?.online === true, lastOnline: peer?.last_online }, now, i18n.language, t) ?? "";
  }
  const count = t("chat.members", { count: conversation.member_count });
  return friendsOnline > 0 ? t("chat.membersOnline", { members: count, count: friendsOnline }) : count;
}
