import { Link } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../icons/Icon";
import styles from "./Page.module.css";

interface PageProps {
  /** Left out where the first card is headed by whom it is about. */
  title?: string;
  lead?: string;
  /** Where Back goes on a phone. */
  backTo: "/" | "/friends" | "/settings";
  children: ReactNode;
}

/** A page on the sheet: a column of cards below a heading. */
export function Page({ title, lead, backTo, children }: PageProps) {
  const { t } = useTranslation();
  return (
    <>
      <header className={`${styles.bar} only-phone`}>
        <Link to={backTo} className={styles.back} aria-label={t("common.back")}>
          <Icon name="caret-left" size="l" flip />
        </Link>
        {title !== undefined && (
          <span className={styles.barTitle} aria-hidden>
            {title}
          </span>
        )}
      </header>
      <div className={styles.page}>
        <div className={styles.column}>
          {title !== undefined && (
            <h2 className="display" tabIndex={-1}>
              {title}
            </h2>
          )}
          {lead && <p className={styles.lead}>{lead}</p>}
          {children}
        </div>
      </div>
    </>
  );
}

export function Card({ className, ...rest }: ComponentProps<"section">) {
  return <section className={[styles.card, className].filter(Boolean).join(" ")} {...rest} />;
}

/** A card of rows. */
export function Rows({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <>
      {title && <h3 className={styles.section}>{title}</h3>}
      <section className={`${styles.card} ${styles.rows}`}>{children}</section>
    </>
  );
}

interface SettingProps {
  icon?: ComponentProps<typeof Icon>["name"];
  title: ReactNode;
  text?: ReactNode;
  children?: ReactNode;
}

export function Setting({ icon, title, text, children }: SettingProps) {
  return (
    <div className={styles.setting}>
      {icon && (
        <span className={styles.icon}>
          <Icon name={icon} size="l" />
        </span>
      )}
      <div className="grow">
        <div className={styles.title}>{title}</div>
        {text && <div className={styles.text}>{text}</div>}
      </div>
      {children}
    </div>
  );
}
