import { useMemo, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { useNow } from "@/app/now";
import { colourIdOf, faceOf, foldName, isOnlineFriend, titleOf } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { Avatar } from "@/ui/avatar/Avatar";
import { Modal } from "@mantine/core";
import "@mantine/core/styles/Overlay.layer.css";
import "@mantine/core/styles/Paper.layer.css";
import "@mantine/core/styles/ScrollArea.layer.css";
import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Modal.layer.css";
import { MantineRoot } from "@/ui/MantineRoot";
import { Icon, type IconName } from "@/ui/icons/Icon";
import dialog from "@/ui/dialog/Dialog.module.css";
import { useFocusBack } from "@/ui/dialog/useFocusBack";
import styles from "./Switcher.module.css";

export type Target =
  | { kind: "chat"; id: string }
  | { kind: "friend"; id: string }
  | { kind: "page"; page: SwitcherPage }
  | { kind: "messages"; query: string };

const PAGES = [
  "newGroup",
  "addFriend",
  "friends",
  "search",
  "profile",
  "devices",
  "password",
  "look",
  "data",
  "shortcuts",
] as const;
export type SwitcherPage = (typeof PAGES)[number];

const PAGE_ICONS: Record<SwitcherPage, IconName> = {
  newGroup: "users-three",
  addFriend: "user-plus",
  friends: "users-three",
  search: "magnifying-glass",
  profile: "user-circle",
  devices: "devices",
  password: "key",
  look: "palette",
  data: "database",
  shortcuts: "keyboard",
};

/** Most results shown; a longer query finds the rest. */
const MOST = 8;

interface SwitcherProps {
  onClose: () => void;
  onPick: (target: Target) => void;
}

interface Option {
  key: string;
  target: Target;
  name: string;
  below?: string;
  picture: React.ReactNode;
}

/** Goes to a chat, a friend or a page by name. */
export default function Switcher({ onClose, onPick }: SwitcherProps) {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  useFocusBack();
  const now = useNow();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends })));
  const conversations = useChat((s) => s.conversations);

  const options = useMemo<Option[]>(() => {
    const wanted = foldName(query.trim());
    const found = (name: string) => foldName(name).includes(wanted);
    const chats = Object.values(conversations)
      .filter((c) => found(titleOf(c)))
      .sort((a, b) => (b.last_entry?.server_time ?? "").localeCompare(a.last_entry?.server_time ?? ""));
    const withChat = new Set(Object.values(conversations).map((c) => c.peer?.id));
    const presence = (id: string) => {
      const online = isOnlineFriend(id, people);
      return presenceText({ online, lastOnline: people.users[id]?.last_online }, now, i18n.language, t);
    };
    const places: Option[] = [
      ...chats.map((c) => ({
        key: `chat-${c.id}`,
        target: { kind: "chat" as const, id: c.id },
        name: titleOf(c),
        below:
          c.kind === "group"
            ? t("common.both", { first: t("switcher.group"), second: t("chat.members", { count: c.member_count }) })
            : c.peer
              ? presence(c.peer.id)
              : undefined,
        picture: (
          <Avatar
            id={colourIdOf(c)}
            name={titleOf(c)}
            src={faceOf(c)}
            size={40}
            group={c.kind === "group"}
            online={isOnlineFriend(c.peer?.id, people)}
          />
        ),
      })),
      ...Object.values(people.friends)
        .filter((friend) => !withChat.has(friend.id) && found(friend.username))
        .map((friend) => ({
          key: `friend-${friend.id}`,
          target: { kind: "friend" as const, id: friend.id },
          name: friend.username,
          below: presence(friend.id),
          picture: (
            <Avatar
              id={friend.id}
              name={friend.username}
              src={friend.avatar_url}
              size={40}
              online={isOnlineFriend(friend.id, people)}
            />
          ),
        })),
      ...PAGES.filter((page) => wanted !== "" && found(t(`switcher.pages.${page}`))).map((page) => ({
        key: `page-${page}`,
        target: { kind: "page" as const, page },
        name: t(`switcher.pages.${page}`),
        picture: (
          <span className={styles.icon}>
            <Icon name={PAGE_ICONS[page]} />
          </span>
        ),
      })),
    ];
    const messages: Option = {
      key: "messages",
      target: { kind: "messages", query: query.trim() },
      name: t("switcher.messages", { query: query.trim() }),
      below: t("switcher.inAllChats"),
      picture: (
        <span className={styles.icon}>
          <Icon name="magnifying-glass" />
        </span>
      ),
    };
    return wanted === "" ? places.slice(0, MOST) : [...places.slice(0, MOST - 1), messages];
  }, [query, conversations, people, now, i18n.language, t]);

  const chosen = Math.min(at, options.length - 1);

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((chosen + step + options.length) % Math.max(1, options.length));
    } else if (event.key === "Enter") {
      const option = options[chosen];
      if (option) onPick(option.target);
    }
  }

  return (
    <MantineRoot>
      <Modal
        opened
        onClose={onClose}
        withCloseButton={false}
        centered={false}
        yOffset="12vh"
        size="37.5rem"
        padding={0}
        title={undefined}
        aria-label={t("switcher.name")}
        transitionProps={{ transition: "fade", duration: 120 }}
        classNames={{ content: dialog.content, overlay: dialog.overlay, body: styles.body }}
      >
        <div className={styles.top}>
          <Icon name="magnifying-glass" />
          <input
            data-autofocus
            className={styles.input}
            role="combobox"
            aria-expanded={options.length > 0}
            aria-controls="switcher-options"
            aria-activedescendant={options[chosen] && `switcher-${chosen}`}
            aria-label={t("switcher.name")}
            placeholder={t("switcher.placeholder")}
            autoComplete="off"
            value={query}
            onChange={(event) => {
              setQuery(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
          />
          <kbd className="no-phone">{t("keys.escape")}</kbd>
        </div>
        <ul id="switcher-options" role="listbox" aria-label={t("switcher.results")} className={styles.options}>
          {options.map((option, index) => (
            // The keys are those of the combobox above; the pointer only chooses.
            // eslint-disable-next-line jsx-a11y-x/click-events-have-key-events
            <li
              key={option.key}
              id={`switcher-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={styles.option}
              onPointerMove={() => setAt(index)}
              onClick={() => onPick(option.target)}
            >
              {option.picture}
              <span className="grow">
                <span className={styles.name}>
                  <bdi>{option.name}</bdi>
                </span>
                {option.below && <span className={`${styles.below} trunc`}>{option.below}</span>}
              </span>
            </li>
          ))}
        </ul>
        {options.length === 0 && <p className={styles.nothing}>{t("switcher.nothing", { query })}</p>}
        <div className={`${styles.foot} no-phone`} aria-hidden>
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> {t("switcher.move")}
          </span>
          <span>
            <kbd>{t("keys.menu")}</kbd> {t("switcher.open")}
          </span>
        </div>
      </Modal>
    </MantineRoot>
  );
}
