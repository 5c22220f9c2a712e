import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { FriendRequest, User } from "@/api/types";
import { useChat } from "@/app/chat";
import { useNow } from "@/app/now";
import { foldName, isOnlineFriend, type People } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { Button, IconButton } from "@/ui/button/Button";
import { Badge, Empty, Skeletons } from "@/ui/feedback/states";
import { TextField } from "@/ui/field/TextField";
import { Icon } from "@/ui/icons/Icon";
import { PersonLine } from "@/ui/person/PersonLine";
import { useRequestAnswers } from "../useRequestAnswers";
import styles from "./FriendsList.module.css";

interface FriendsListProps {
  currentId?: string;
}

/** Requests first, then friends who are online, then the others. */
export function FriendsList({ currentId }: FriendsListProps) {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState("");
  const ready = useChat((s) => s.ready);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const requests = useChat((s) => s.requests);
  const incoming = requests.filter((r) => r.direction === "incoming" && r.status === "pending");
  const outgoing = requests.filter((r) => r.direction === "outgoing" && r.status === "pending");
  const { online, others } = useMemo(() => {
    const collator = new Intl.Collator(i18n.language);
    const found = Object.values(people.friends)
      .filter((friend) => foldName(friend.username).includes(foldName(query.trim())))
      .sort((a, b) => collator.compare(a.username, b.username));
    return {
      online: found.filter((friend) => isOnlineFriend(friend.id, people)),
      others: found.filter((friend) => !isOnlineFriend(friend.id, people)),
    };
  }, [people, query, i18n.language]);
  const searching = query.trim() !== "";
  const nobody = Object.keys(people.friends).length === 0;

  return (
    <>
      <header className={styles.header}>
        <h1 className="display" tabIndex={-1}>
          {t("friends.title")}
        </h1>
        <Link to="/friends/add" className={styles.add} aria-label={t("friends.add")} title={t("friends.add")}>
          <Icon name="user-plus" size="l" />
        </Link>
      </header>
      <div className={styles.tools}>
        <TextField
          type="search"
          look="soft"
          label={t("friends.search")}
          hideLabel
          placeholder={t("friends.search")}
          start={<Icon name="magnifying-glass" />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </div>
      <div className={styles.rows}>
        {!ready && <Skeletons />}
        {!searching && incoming.length > 0 && (
          <Section title={t("friends.requests")} badge={incoming.length}>
            {incoming.map((request) => (
              <RequestRow key={request.id} request={request} />
            ))}
          </Section>
        )}
        {!searching && outgoing.length > 0 && (
          <Section title={t("friends.sent")}>
            {outgoing.map((request) => (
              <RequestRow key={request.id} request={request} />
            ))}
          </Section>
        )}
        {online.length > 0 && (
          <Section title={t("friends.online")} count={online.length}>
            {online.map((friend) => (
              <FriendRow key={friend.id} friend={friend} people={people} current={friend.id === currentId} />
            ))}
          </Section>
        )}
        {others.length > 0 && (
          <Section title={online.length > 0 ? t("friends.others") : t("friends.all")} count={others.length}>
            {others.map((friend) => (
              <FriendRow key={friend.id} friend={friend} people={people} current={friend.id === currentId} />
            ))}
          </Section>
        )}
        {ready && searching && online.length + others.length === 0 && <Empty quiet title={t("friends.noMatch")} />}
        {ready && nobody && !searching && incoming.length === 0 && (
          <Empty
            title={t("friends.empty.title")}
            text={t("friends.empty.text")}
            action={
              <Link to="/friends/add" className={`${styles.emptyLink} only-phone`}>
                {t("friends.add")}
              </Link>
            }
          />
        )}
      </div>
    </>
  );
}

interface SectionProps {
  title: string;
  count?: number;
  badge?: number;
  children: React.ReactNode;
}

function Section({ title, count, badge, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <h2 className={styles.section}>
        {title}
        {count !== undefined && <span className="tnum">{count}</span>}
        {badge !== undefined && <Badge count={badge} />}
      </h2>
      <ul>{children}</ul>
    </section>
  );
}

interface FriendRowProps {
  friend: User;
  people: People;
  current: boolean;
}

function FriendRow({ friend, people, current }: FriendRowProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const online = isOnlineFriend(friend.id, people);
  const lastOnline = people.users[friend.id]?.last_online ?? friend.last_online;
  const presence = presenceText({ online, lastOnline }, now, i18n.language, t);
  const below = online && friend.introduction ? friend.introduction : presence;
  return (
    <li>
      <Link
        to="/friends/$id"
        params={{ id: friend.id }}
        className={styles.row}
        aria-current={current ? "true" : undefined}
        aria-label={[friend.username, presence].filter(Boolean).join(", ")}
      >
        <PersonLine
          id={friend.id}
          name={<bdi>{friend.username}</bdi>}
          username={friend.username}
          src={friend.avatar_url}
          online={online}
          below={below && <span className={`${styles.below} trunc`}>{below}</span>}
          size={48}
        />
      </Link>
    </li>
  );
}

function RequestRow({ request }: { request: FriendRequest }) {
  const { t } = useTranslation();
  const { user, direction } = request;
  const { accept, decline, cancel, busy } = useRequestAnswers(request);
  return (
    <li className={styles.request}>
      <PersonLine
        id={user.id}
        name={<bdi>{user.username}</bdi>}
        username={user.username}
        src={user.avatar_url}
        below={direction === "incoming" ? t("friends.wants") : t("friends.waiting")}
        size={48}
      >
        {direction === "incoming" ? (
          <span className={styles.answers}>
            <IconButton
              icon="x"
              look="no"
              busy={busy}
              label={t("friends.declineName", { name: user.username })}
              onClick={decline}
            />
            <IconButton
              icon="check"
              look="yes"
              busy={busy}
              label={t("friends.acceptName", { name: user.username })}
              onClick={accept}
            />
          </span>
        ) : (
          <Button
            variant="line"
            size="sm"
            busy={busy}
            aria-label={t("friends.cancelName", { name: user.username })}
            onClick={cancel}
          >
            {t("common.cancel")}
          </Button>
        )}
      </PersonLine>
    </li>
  );
}
