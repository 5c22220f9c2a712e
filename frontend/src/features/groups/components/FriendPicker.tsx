import { useMemo, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { foldName, isOnlineFriend } from "@/chat/names";
import { Icon } from "@/ui/icons/Icon";
import { TextField } from "@/ui/field/TextField";
import { PersonLine } from "@/ui/person/PersonLine";
import styles from "./groups.module.css";

interface FriendPickerProps {
  picked: string[];
  onChange: (picked: string[]) => void;
  /** Friends who cannot be picked, because they are members. */
  without?: ReadonlySet<string>;
}

export function FriendPicker({ picked, onChange, without }: FriendPickerProps) {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState("");
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends })));
  const friends = useMemo(() => {
    const collator = new Intl.Collator(i18n.language);
    return Object.values(people.friends)
      .filter((friend) => !without?.has(friend.id) && foldName(friend.username).includes(foldName(query.trim())))
      .sort((a, b) => collator.compare(a.username, b.username));
  }, [people.friends, without, query, i18n.language]);

  /** Enter picks who is found first, and does not send off the form that the field stands in. */
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    const [first] = friends;
    if (query.trim() === "" || !first) return;
    if (!picked.includes(first.id)) onChange([...picked, first.id]);
    setQuery("");
  }

  return (
    <div className={styles.picker}>
      <TextField
        type="search"
        label={t("friends.search")}
        hideLabel
        placeholder={t("friends.search")}
        start={<Icon name="magnifying-glass" />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {picked.length > 0 && (
        <ul className={styles.chips} aria-label={t("group.picked")}>
          {picked.map((id) => (
            <li key={id}>
              <button
                type="button"
                className={styles.chip}
                aria-label={t("group.unpick", { name: people.friends[id]?.username ?? "" })}
                onClick={() => onChange(picked.filter((each) => each !== id))}
              >
                <bdi>{people.friends[id]?.username}</bdi>
                <Icon name="x" size="xs" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <ul className={styles.options}>
        {friends.map((friend) => (
          <li key={friend.id}>
            <label className={styles.option}>
              <input
                type="checkbox"
                checked={picked.includes(friend.id)}
                onChange={(event) =>
                  onChange(
                    event.currentTarget.checked ? [...picked, friend.id] : picked.filter((each) => each !== friend.id),
                  )
                }
              />
              <PersonLine
                id={friend.id}
                name={<bdi>{friend.username}</bdi>}
                username={friend.username}
                src={friend.avatar_url}
                online={isOnlineFriend(friend.id, people)}
                size={40}
              />
            </label>
          </li>
        ))}
        {friends.length === 0 && <li className="hint">{query ? t("friends.noMatch") : t("friends.none")}</li>}
      </ul>
    </div>
  );
}
