import { useTranslation } from "react-i18next";
import styles from "./Shortcuts.module.css";

const KEYS = [
  ["switcher", ["switcher"]],
  ["find", ["find", "findEverywhere"]],
  ["help", ["help"]],
  ["chats", ["previous", "next"]],
  ["unreadChats", ["previousUnread", "nextUnread"]],
  ["new", ["new"]],
  ["details", ["details"]],
  ["mute", ["mute"]],
  ["panes", ["pane", "paneBack"]],
  ["lastMessage", ["up"]],
  ["onMessage", ["reply", "copy", "menu", "unsend"]],
  ["escape", ["escape"]],
] as const;

/** All keys, in words. */
export function ShortcutList() {
  const { t } = useTranslation();
  return (
    <dl className={styles.list}>
      {KEYS.map(([act, keys]) => (
        <div key={act}>
          <dt>{t(`shortcuts.${act}`)}</dt>
          <dd>
            {keys.map((key) => (
              <kbd key={key}>{t(`keys.${key}`)}</kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
