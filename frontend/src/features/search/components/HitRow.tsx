import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { colourIdOf, isOnlineFriend, nameOf, shortName, titleOf, type People } from "@/chat/names";
import { previewOf } from "@/chat/preview";
import { listTime } from "@/i18n/format";
import { Avatar } from "@/ui/avatar/Avatar";
import { Icon } from "@/ui/icons/Icon";
import type { Hit } from "../model";
import { Marked } from "./Marked";
import styles from "./SearchPane.module.css";

interface HitRowProps {
  id: string;
  hit: Hit;
  conversation: Conversation;
  people: People;
  now: number;
  current: boolean;
  tabStop: boolean;
}

/** A message that was found: its chat, its sender, and the words that match. */
export function HitRow({ id, hit, conversation, people, now, current, tabStop }: HitRowProps) {
  const { t, i18n } = useTranslation();
  const { entry, snippet } = hit;
  const title = titleOf(conversation);
  const name = nameOf(entry.sender_id, people) ?? t("common.someone");
  const sender = entry.sender_id === people.me?.id ? t("common.you") : shortName(name);
  const icon = entry.content && previewOf(entry.content, t).icon;
  const time = listTime(Date.parse(entry.server_time), now, i18n.language, {
    today: t("day.today"),
    yesterday: t("day.yesterday"),
  });
  const text = snippet.map((piece) => piece.text).join("");
  return (
    <Link
      to="/search/$id"
      params={{ id: hit.conversation_id }}
      search={(before) => ({ ...before, at: entry.seq })}
      className={`${styles.row} ${styles.hit}`}
      data-row={id}
      aria-current={current ? "true" : undefined}
      aria-label={t("search.hitName", { chat: title, sender, text, time })}
      tabIndex={tabStop ? 0 : -1}
    >
      <Avatar
        id={colourIdOf(conversation)}
        name={title}
        size={40}
        group={conversation.kind === "group"}
        online={isOnlineFriend(conversation.peer?.id, people)}
      />
      <span className="grow">
        <span className={styles.top}>
          <span className={`${styles.name} trunc`}>
            <bdi>{title}</bdi>
          </span>
          <span className={styles.time}>{time}</span>
        </span>
        <span className={styles.snippet}>
          <span className={styles.sender}>{t("peek.who", { name: sender })}</span>{" "}
          {icon && <Icon name={icon} size="s" className={styles.kind} />}
          <bdi>
            <Marked pieces={snippet} />
          </bdi>
        </span>
      </span>
    </Link>
  );
}
