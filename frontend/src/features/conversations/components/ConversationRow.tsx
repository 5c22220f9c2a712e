import type { TFunction } from "i18next";
import { Link } from "@tanstack/react-router";
import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { colourIdOf, faceOf, isMuted, isOnlineFriend, titleOf } from "@/chat/names";
import { list, listTime } from "@/i18n/format";
import { Avatar } from "@/ui/avatar/Avatar";
import { Badge } from "@/ui/feedback/states";
import { Icon } from "@/ui/icons/Icon";
import { activityOf, peekOf, type Peek } from "../model";
import styles from "./ConversationRow.module.css";

interface RowProps {
  id: string;
  now: number;
  current: boolean;
  /** The one row that Tab reaches. */
  tabStop: boolean;
  compact: boolean;
  /** The row of the open chat was pressed once more. */
  onAgain: () => void;
  onMenu: (id: string, event: MouseEvent<HTMLElement>) => void;
}

export const ConversationRow = memo(function ConversationRow(props: RowProps) {
  const { id, now, current, tabStop, compact, onAgain, onMenu } = props;
  const { t, i18n } = useTranslation();
  const conversation = useChat((s) => s.conversations[id]);
  const typing = useChat((s) => s.typing[id]);
  const pending = useChat((s) => s.outbox[id]);
  const draft = useChat((s) => s.drafts[id]);
  const wantIn = useChat((s) => (s.conversations[id]?.role === "admin" ? (s.joinRequests[id]?.length ?? 0) : 0));
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const blocked = useChat((s) => s.sync.blocked);
  if (!conversation) return null;

  const title = titleOf(conversation);
  const muted = isMuted(conversation, now);
  const peek = peekOf({ conversation, typing, pending, draft: current ? undefined : draft, people, blocked }, t);
  const at = activityOf(conversation, pending);
  const time = at > 0 ? listTime(at, now, i18n.language, { today: t("day.today"), yesterday: t("day.yesterday") }) : "";
  const text = peekText(peek, i18n.language, t);
  const name = [
    title,
    conversation.unread > 0 ? t("list.unreadCount", { count: conversation.unread }) : undefined,
    wantIn > 0 ? t("list.wantIn", { count: wantIn }) : undefined,
    conversation.pinned ? t("list.pinned") : undefined,
    muted ? t("list.muted") : undefined,
    text,
    time,
  ]
    .filter(Boolean)
    .join(", ");

  return (
    <Link
      to="/chats/$id"
      params={{ id }}
      className={styles.row}
      data-row={id}
      data-unread={conversation.unread > 0 || undefined}
      data-muted={muted || undefined}
      aria-current={current ? "true" : undefined}
      aria-label={name}
      tabIndex={tabStop ? 0 : -1}
      draggable={false}
      onClick={current ? onAgain : undefined}
      onContextMenu={(event) => onMenu(id, event)}
    >
      <Avatar
        id={colourIdOf(conversation)}
        name={title}
        src={faceOf(conversation)}
        size={compact ? 36 : 48}
        group={conversation.kind === "group"}
        online={isOnlineFriend(conversation.peer?.id, people)}
      />
      <span className="grow">
        <span className={styles.top}>
          <span className={`${styles.name} trunc`} title={title}>
            <bdi>{title}</bdi>
          </span>
          {conversation.encrypted && <Icon name="lock-key" size="xs" />}
          {muted && <Icon name="bell-slash" size="xs" />}
          <span className={styles.time}>{time}</span>
        </span>
        <span className={styles.sub}>
          <PeekLine peek={peek} />
          <span className={styles.meta}>
            {conversation.pinned && <Icon name="push-pin-fill" size="xs" />}
            {wantIn > 0 && (
              <span className={styles.wantIn} title={t("list.wantIn", { count: wantIn })}>
                <Icon name="user-plus" size="xs" />
                {wantIn > 99 ? "99+" : wantIn}
              </span>
            )}
            <Badge count={conversation.unread} quiet={muted} />
          </span>
        </span>
      </span>
    </Link>
  );
});

type Translate = TFunction;

function typingText(names: string[], language: string, t: Translate): string {
  if (names.length === 0) return t("typing.direct");
  if (names.length > 2) return t("typing.many");
  return t("typing.named", { count: names.length, names: list(names, language) });
}

/** The peek in one sentence, for the name of the row. */
function peekText(peek: Peek, language: string, t: Translate): string {
  switch (peek.kind) {
    case "typing":
      return typingText(peek.names, language, t);
    case "failed":
      return t("peek.failedName", { text: peek.text });
    case "draft":
      return t("peek.draftName", { text: peek.text });
    case "waiting":
      return t("peek.waitingName", { text: peek.text });
    case "own":
      return t("peek.you", { text: peek.text });
    case "other":
      return peek.who ? t("peek.lastFrom", { name: peek.who, text: peek.text }) : t("peek.last", { text: peek.text });
    case "unsent":
      return t("message.unsent");
    case "notice":
      return peek.text;
    case "none":
      return t("peek.none");
  }
}

function PeekLine({ peek }: { peek: Peek }) {
  const { t, i18n } = useTranslation();
  switch (peek.kind) {
    case "typing":
      return (
        <span className={styles.peek}>
          <span className={styles.typing}>{typingText(peek.names, i18n.language, t)}</span>
        </span>
      );
    case "failed":
      return (
        <span className={styles.peek}>
          <Icon name="warning-circle" size="s" className={styles.bad} />
          <span className={styles.bad}>{t("peek.failed")}</span>
          <span>{peek.text}</span>
        </span>
      );
    case "draft":
      return (
        <span className={styles.peek}>
          <span className={styles.draft}>{t("peek.draft")}</span>
          <span>{peek.text}</span>
        </span>
      );
    case "waiting":
      return (
        <span className={styles.peek}>
          <Icon name="clock" size="s" />
          <span>{t("peek.you", { text: peek.text })}</span>
        </span>
      );
    case "own":
      return (
        <span className={styles.peek}>
          <Icon name={peek.tick} size="s" className={peek.tick === "checks" ? styles.read : undefined} />
          {peek.icon && <Icon name={peek.icon} size="s" />}
          <span>{t("peek.you", { text: peek.text })}</span>
        </span>
      );
    case "other":
      return (
        <span className={styles.peek}>
          {peek.who && <span className={`${styles.who} trunc`}>{t("peek.who", { name: peek.who })}</span>}
          {peek.icon && <Icon name={peek.icon} size="s" />}
          <span>{peek.text}</span>
        </span>
      );
    case "unsent":
      return (
        <span className={styles.peek}>
          <span>
            <em>{t("message.unsent")}</em>
          </span>
        </span>
      );
    case "notice":
      return (
        <span className={styles.peek}>
          <span>{peek.text}</span>
        </span>
      );
    case "none":
      return (
        <span className={styles.peek}>
          <span>{t("peek.none")}</span>
        </span>
      );
  }
}
