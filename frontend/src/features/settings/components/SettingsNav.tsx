import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChat, useHttp } from "@/app/chat";
import { Avatar } from "@/ui/avatar/Avatar";
import { parseCode, showCode } from "@/ui/field/code";
import { Icon, type IconName } from "@/ui/icons/Icon";
import { devicesQuery } from "../api";
import styles from "./SettingsNav.module.css";

export const SECTIONS = [
  "profile",
  "devices",
  "password",
  "notifications",
  "privacy",
  "look",
  "data",
  "shortcuts",
] as const;
export type Section = (typeof SECTIONS)[number];

const ICONS: Record<Section, IconName> = {
  profile: "user-circle",
  devices: "devices",
  password: "key",
  notifications: "bell",
  privacy: "eye",
  look: "palette",
  data: "database",
  shortcuts: "keyboard",
};

interface SettingsNavProps {
  current?: Section;
  onSignOut: () => void;
}

export function SettingsNav({ current, onSignOut }: SettingsNavProps) {
  const { t } = useTranslation();
  const me = useChat((s) => s.me);
  const devices = useQuery(devicesQuery(useHttp()));
  return (
    <>
      <header className={styles.header}>
        <h1 className="display" tabIndex={-1}>
          {t("settings.title")}
        </h1>
      </header>
      <div className={styles.scroll}>
        {me && (
          <div className={styles.me}>
            <Avatar id={me.id} name={me.username} src={me.avatar_url} size={56} online />
            <div className="grow">
              <div className={`${styles.name} trunc`}>
                <bdi>{me.username}</bdi>
              </div>
              <div className="hint ltr tnum">{showCode(parseCode(me.friend_code ?? ""))}</div>
            </div>
            <Link to="/friends/add" className={styles.qr} aria-label={t("code.showQr")} title={t("code.showQr")}>
              <Icon name="qr-code" size="l" />
            </Link>
          </div>
        )}
        <nav className={styles.nav} aria-label={t("settings.title")}>
          {SECTIONS.map((section) => (
            <Link
              key={section}
              to="/settings/$section"
              params={{ section }}
              className={styles.link}
              aria-current={section === current ? "page" : undefined}
            >
              <Icon name={ICONS[section]} />
              {t(`settings.sections.${section}`)}
              {section === "devices" && devices.data && (
                <>
                  <span className={styles.count} aria-hidden>
                    {devices.data.length}
                  </span>
                  <span className="sr">{t("devices.count", { count: devices.data.length })}</span>
                </>
              )}
            </Link>
          ))}
          <button type="button" className={styles.link} onClick={onSignOut}>
            <Icon name="sign-out" />
            {t("settings.signOut")}
          </button>
        </nav>
      </div>
    </>
  );
}
