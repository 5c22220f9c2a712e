import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../button/Button";
import { Icon, type IconName } from "../icons/Icon";
import { snack } from "./snack";
import styles from "./feedback.module.css";

/** Two leaves: the only ornament. */
export function Leaves({ quiet = false }: { quiet?: boolean }) {
  return (
    <svg width="4.5rem" height="4.5rem" viewBox="0 0 72 72" aria-hidden>
      <path
        d="M12 12h13.4A13.6 13.6 0 0 1 39 25.6V36H25.6A13.6 13.6 0 0 1 12 22.4Z"
        fill={quiet ? "var(--k-line)" : "var(--k-lamp)"}
      />
      <path
        d="M60 60H46.6A13.6 13.6 0 0 1 33 46.4V36h13.4A13.6 13.6 0 0 1 60 49.6Z"
        fill={quiet ? "var(--k-line)" : "var(--k-accent)"}
      />
    </svg>
  );
}

interface EmptyProps {
  title: string;
  text?: string;
  action?: ReactNode;
  quiet?: boolean;
}

export function Empty({ title, text, action, quiet }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <Leaves quiet={quiet} />
      <h3 className="display">{title}</h3>
      {text && <p>{text}</p>}
      {action && <div className={styles.emptyAction}>{action}</div>}
    </div>
  );
}

interface ErrorStateProps {
  /** Trace id of the failed request; support finds the request by it. */
  trace?: string;
  onRetry?: () => void;
}

/** What happened, whose fault it is, what to do. */
export function ErrorState({ trace, onRetry }: ErrorStateProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.empty} role="alert">
      <Icon name="cloud-slash" size="l" className={styles.bad} />
      <h3 className="display">{t("error.title")}</h3>
      <p>{t("error.text")}</p>
      {onRetry && (
        <div className={styles.emptyAction}>
          <Button variant="line" onClick={onRetry}>
            {t("error.retry")}
          </Button>
        </div>
      )}
      {trace && (
        <p className={styles.trace}>
          {t("error.trace")} <code className="ltr">{trace.slice(0, 16)}</code>
          <IconButton
            icon="copy"
            size="sm"
            iconSize="s"
            label={t("error.copyTrace")}
            onClick={() => void navigator.clipboard.writeText(trace).then(() => snack(t("common.copied")))}
          />
        </p>
      )}
    </div>
  );
}

const SKELETON_DELAY_MS = 150;

function onNetworkChange(tell: () => void): () => void {
  addEventListener("online", tell);
  addEventListener("offline", tell);
  return () => {
    removeEventListener("online", tell);
    removeEventListener("offline", tell);
  };
}

/** Grey rows while the first data is on its way; not shown for what comes at once. Without a network nothing is on its way. */
export function Skeletons({ rows = 8 }: { rows?: number }) {
  const { t } = useTranslation();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SKELETON_DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  const online = useSyncExternalStore(onNetworkChange, () => navigator.onLine);
  if (late && !online) {
    return (
      <p className={styles.waits} role="status">
        <Icon name="wifi-slash" />
        {t("connection.offlineLoading")}
      </p>
    );
  }
  return (
    <div role="status" aria-label={t("common.loading")}>
      {late &&
        Array.from({ length: rows }, (_, i) => (
          <div key={i} className={styles.skeletonRow} aria-hidden>
            <span className={styles.skeletonCircle} />
            <span className={styles.skeletonLines}>
              <span style={{ inlineSize: `${45 + ((i * 17) % 30)}%` }} />
              <span style={{ inlineSize: `${65 + ((i * 23) % 30)}%` }} />
            </span>
          </div>
        ))}
    </div>
  );
}

interface BannerProps {
  icon: IconName;
  tone?: "lamp" | "quiet" | "danger";
  children: ReactNode;
  action?: ReactNode;
}

export function Banner({ icon, tone = "lamp", children, action }: BannerProps) {
  return (
    <div className={styles.banner} data-tone={tone}>
      <Icon name={icon} />
      <span className="grow">{children}</span>
      {action}
    </div>
  );
}

interface BadgeProps {
  count: number;
  /** Grey, for what is muted. */
  quiet?: boolean;
  className?: string;
}

/** A count that stops at 99+. Decorative: the name of the control says it in words. */
export function Badge({ count, quiet, className }: BadgeProps) {
  if (count <= 0) return null;
  return (
    <span className={[styles.badge, className].filter(Boolean).join(" ")} data-quiet={quiet || undefined} aria-hidden>
      {count > 99 ? "99+" : count}
    </span>
  );
}

export function Tag({ tone = "plain", children }: { tone?: "plain" | "accent" | "lamp" | "ok"; children: ReactNode }) {
  return (
    <span className={styles.tag} data-tone={tone}>
      {children}
    </span>
  );
}
