import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../avatar/Avatar";
import { IconButton } from "../button/Button";
import { Icon, type IconName } from "../icons/Icon";
import styles from "./Details.module.css";

interface DetailsProps {
  onClose: () => void;
  children: ReactNode;
}

/** The frame of the details beside a conversation. */
export function Details({ onClose, children }: DetailsProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className={styles.close}>
        <IconButton icon="x" label={t("chat.closeDetails")} onClick={onClose} />
      </div>
      <div className={styles.body}>{children}</div>
    </>
  );
}

interface HeroProps {
  id: string;
  name: string;
  /** It heads a page, not the details beside one. */
  page?: boolean;
  src?: string | null;
  group?: boolean;
  online?: boolean;
  below?: ReactNode;
  children?: ReactNode;
}

export function Hero({ id, name, page = false, src, group, online, below, children }: HeroProps) {
  const Heading = page ? "h2" : "h3";
  return (
    <div className={styles.hero}>
      <Avatar id={id} name={name} src={src} size={72} group={group} online={online} />
      <Heading className={`${styles.name} display`} tabIndex={-1}>
        <bdi>{name}</bdi>
      </Heading>
      {below && <p className="hint">{below}</p>}
      {children}
    </div>
  );
}

export interface QuickAction {
  id: string;
  icon: IconName;
  label: string;
  pressed?: boolean;
  onSelect: (opener: HTMLElement) => void;
}

export function QuickActions({ actions }: { actions: QuickAction[] }) {
  return (
    <div className={styles.quick}>
      {actions.map((action) => (
        <button
          key={action.id}
          type="button"
          aria-pressed={action.pressed}
          onClick={(event) => action.onSelect(event.currentTarget)}
        >
          <Icon name={action.icon} />
          {action.label}
        </button>
      ))}
    </div>
  );
}

interface BlockProps {
  title: string;
  aside?: ReactNode;
  /** At the end of the title line. */
  end?: ReactNode;
  children: ReactNode;
}

export function Block({ title, aside, end, children }: BlockProps) {
  return (
    <section className={styles.block}>
      <h4>
        {title}
        {aside}
        {end && <span className={styles.end}>{end}</span>}
      </h4>
      {children}
    </section>
  );
}
