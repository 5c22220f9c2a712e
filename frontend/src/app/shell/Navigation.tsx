import type { TFunction } from "i18next";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChat } from "@/app/chat";
import { Avatar } from "@/ui/avatar/Avatar";
import { Badge } from "@/ui/feedback/states";
import { Icon, type IconName } from "@/ui/icons/Icon";
import { Logo } from "@/ui/Logo";
import styles from "./Shell.module.css";

export type Section = "chats" | "friends" | "search" | "settings";

interface Counts {
  chats: number;
  friends: number;
}

interface NavigationProps {
  section: Section | undefined;
  counts: Counts;
}

const PLACES = [
  { section: "chats", to: "/", icon: "chat-circle" },
  { section: "friends", to: "/friends", icon: "users-three" },
] as const;

function iconOf(icon: "chat-circle" | "users-three" | "gear-six" | "user-circle", active: boolean): IconName {
  return active ? `${icon}-fill` : icon;
}

/** The column of places at the start of wider windows. */
export function Rail({ section, counts }: NavigationProps) {
  const { t } = useTranslation();
  const me = useChat((s) => s.me);
  return (
    <nav className={styles.rail} aria-label={t("nav.main")}>
      <Link to="/" className={styles.logo} aria-label={t("nav.home")}>
        <Logo />
      </Link>
      {PLACES.map((place) => (
        <Link
          key={place.section}
          to={place.to}
          className={styles.place}
          aria-current={section === place.section ? "page" : undefined}
          aria-label={placeName(place.section, counts, t)}
          title={t(`nav.${place.section}`)}
        >
          <Icon name={iconOf(place.icon, section === place.section)} size="l" />
          <Badge count={counts[place.section]} className={styles.badge} />
        </Link>
      ))}
      <Link
        to="/search"
        className={styles.place}
        aria-current={section === "search" ? "page" : undefined}
        aria-label={t("nav.search")}
        title={t("nav.search")}
      >
        <Icon name="magnifying-glass" size="l" />
      </Link>
      <span className={styles.space} />
      <Link
        to="/settings"
        className={styles.place}
        aria-current={section === "settings" ? "page" : undefined}
        aria-label={t("nav.settings")}
        title={t("nav.settings")}
      >
        <Icon name={iconOf("gear-six", section === "settings")} size="l" />
      </Link>
      {me && (
        <Link
          to="/settings/$section"
          params={{ section: "profile" }}
          className={`${styles.place} ${styles.face}`}
          aria-label={t("nav.profile")}
          title={t("nav.profile")}
        >
          <Avatar id={me.id} name={me.username} src={me.avatar_url} size={36} online />
        </Link>
      )}
    </nav>
  );
}

/** The same places at the foot of a phone. */
export function TabBar({ section, counts }: NavigationProps) {
  const { t } = useTranslation();
  return (
    <nav className={styles.tabs} aria-label={t("nav.main")}>
      {PLACES.map((place) => (
        <Link
          key={place.section}
          to={place.to}
          className={styles.tab}
          aria-current={section === place.section ? "page" : undefined}
          aria-label={placeName(place.section, counts, t)}
        >
          <Icon name={iconOf(place.icon, section === place.section)} size="l" />
          {t(`nav.${place.section}`)}
          <Badge count={counts[place.section]} className={styles.badge} />
        </Link>
      ))}
      <Link to="/search" className={styles.tab} aria-current={section === "search" ? "page" : undefined}>
        <Icon name="magnifying-glass" size="l" />
        {t("nav.search")}
      </Link>
      <Link to="/settings" className={styles.tab} aria-current={section === "settings" ? "page" : undefined}>
        <Icon name={iconOf("user-circle", section === "settings")} size="l" />
        {t("nav.you")}
      </Link>
    </nav>
  );
}

function placeName(section: "chats" | "friends", counts: Counts, t: TFunction): string {
  const count = counts[section];
  return count > 0 ? t(`nav.${section}New`, { count }) : t(`nav.${section}`);
}
