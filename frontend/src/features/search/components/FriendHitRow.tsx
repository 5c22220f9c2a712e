import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { User } from "@/api/types";
import { marked, matches } from "@/chat/highlight";
import { isOnlineFriend, type People } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { Avatar } from "@/ui/avatar/Avatar";
import { Marked } from "./Marked";
import styles from "./SearchPane.module.css";

interface FriendHitRowProps {
  id: string;
  friend: User;
  terms: string[];
  people: People;
  now: number;
  tabStop: boolean;
}

/** A friend who was found by name, or by the introduction, which is then shown. */
export function FriendHitRow({ id, friend, terms, people, now, tabStop }: FriendHitRowProps) {
  const { t, i18n } = useTranslation();
  const online = isOnlineFriend(friend.id, people);
  const lastOnline = people.users[friend.id]?.last_online ?? friend.last_online;
  const introduced = friend.introduction && matches(friend.introduction, terms) ? friend.introduction : undefined;
  const presence = presenceText({ online, lastOnline }, now, i18n.language, t);
  const below = introduced ?? presence;
  return (
    <Link
      to="/friends/$id"
      params={{ id: friend.id }}
      className={styles.row}
      data-row={id}
      aria-label={[friend.username, below].filter(Boolean).join(", ")}
      tabIndex={tabStop ? 0 : -1}
    >
      <Avatar id={friend.id} name={friend.username} size={40} online={online} />
      <span className="grow">
        <span className={`${styles.name} trunc`}>
          <bdi>
            <Marked pieces={marked(friend.username, terms)} />
          </bdi>
        </span>
        {below && (
          <span className={`${styles.below} trunc`}>
            {introduced ? (
              <bdi>
                <Marked pieces={marked(introduced, terms)} />
              </bdi>
            ) : (
              presence
            )}
          </span>
        )}
      </span>
    </Link>
  );
}
