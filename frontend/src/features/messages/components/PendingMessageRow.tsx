import { useTranslation } from "react-i18next";
import { useChat, useChatClient } from "@/app/chat";
import { useNow } from "@/app/now";
import type { PendingRow } from "../rows";
import { Icon } from "@/ui/icons/Icon";
import { Bubble, Quote } from "./MessageRow";
import styles from "./MessageRow.module.css";

interface PendingMessageRowProps {
  row: PendingRow;
  quoteName: string;
  onJump: (seq: number) => void;
}

/** A message that the server has not taken yet, with what became of it and what can be done. */
export function PendingMessageRow({ row, quoteName, onJump }: PendingMessageRowProps) {
  const { t } = useTranslation();
  const { pending } = row;
  const failed = pending.state === "refused" || pending.state === "expired";
  return (
    <div className={`${styles.group} ${styles.arriving}`} data-own data-direct data-first={row.first || undefined}>
      <div className={styles.column}>
        <article className={styles.line} aria-label={t("message.pendingName")}>
          <Bubble content={pending.content} className={failed ? styles.failed : styles.pending}>
            {row.quoteSeq !== undefined && (
              <Quote seq={row.quoteSeq} entry={row.quote} name={quoteName} blocked={row.quoteBlocked} onJump={onJump} />
            )}
          </Bubble>
        </article>
        {failed ? <FailedLine row={row} /> : <WaitingLine row={row} />}
      </div>
    </div>
  );
}

function WaitingLine({ row: { pending } }: { row: PendingRow }) {
  const { t } = useTranslation();
  const now = useNow();
  const offset = useChat((s) => s.clockOffsetMs);
  if (pending.state === "waiting" && pending.code === "rate_limited") {
    const seconds = Math.max(1, Math.ceil(((pending.retryAt ?? 0) - (now - offset)) / 1000));
    return (
      <span className={styles.receipt}>
        <Icon name="clock" size="s" />
        {t("failure.rateLimitedSend", { count: seconds })}
      </span>
    );
  }
  if (pending.state === "waiting" && (pending.code === "storage_full" || pending.code === "unavailable")) {
    return (
      <span className={styles.receipt}>
        <Icon name="clock" size="s" />
        {t("failure.unavailable")}
      </span>
    );
  }
  // Whether an unanswered one arrived is not known, and what is not known is not called failed.
  return (
    <span className={`${styles.receipt} ${styles.sending}`}>
      <Icon name="clock" size="s" />
      {t("receipt.sending")}
    </span>
  );
}

function FailedLine({ row: { pending } }: { row: PendingRow }) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const expired = pending.state === "expired";
  return (
    <span className={styles.receipt} data-state="failed" role="alert">
      <Icon name="warning-circle" size="s" />
      {expired ? t("failure.expired") : reasonText(pending.code, t)}
      {(expired || mayHelp(pending.code)) && (
        <button type="button" onClick={() => actions.retry(pending.clientMsgId)}>
          {expired ? t("message.sendNow") : t("message.tryAgain")}
        </button>
      )}
      <button type="button" onClick={() => actions.discard(pending.clientMsgId)}>
        {t("message.delete")}
      </button>
    </span>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

function reasonText(code: string | undefined, t: Translate): string {
  switch (code) {
    case "not_friends":
      return t("failure.notSent.notFriends");
    case "not_member":
    case "not_found":
      return t("failure.notSent.notMember");
    case "blocked_by_you":
      return t("failure.notSent.blockedByYou");
    case "payload_too_large":
    case "validation_failed":
      return t("failure.notSent.invalid");
    default:
      return t("failure.notSent.other");
  }
}

/** Trying again is offered where the reason can pass: friendship and blocks change, a text does not. */
function mayHelp(code: string | undefined): boolean {
  return code !== "payload_too_large" && code !== "validation_failed" && code !== "not_member" && code !== "not_found";
}
