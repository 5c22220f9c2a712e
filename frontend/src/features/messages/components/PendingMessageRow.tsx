import { useTranslation } from "react-i18next";
import { useChat, useChatClient } from "@/app/chat";
import { useNow } from "@/app/now";
import { percent } from "@/i18n/format";
import type { PendingMessage } from "@/realtime/state";
import { FILE_LOST } from "@/realtime/uploader";
import type { PendingRow } from "../rows";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import { reasonText } from "../refusals";
import { useNetworkWait } from "../useConnectionNotice";
import { Bubble, Quote } from "./MessageRow";
import styles from "./MessageRow.module.css";

export interface PendingHandlers {
  onPendingMenu: (pending: PendingMessage, opener: HTMLElement, at?: { x: number; y: number }) => void;
}

interface PendingMessageRowProps extends PendingHandlers {
  row: PendingRow;
  quoteName: string;
  onJump: (seq: number) => void;
  /** The message was taken back; what was written in it need not be written again. */
  onTakenBack: (pending: PendingMessage) => void;
}

/** A message that the server has not taken yet, with what became of it and what can be done. */
export function PendingMessageRow({ row, quoteName, onJump, onTakenBack, onPendingMenu }: PendingMessageRowProps) {
  const { t } = useTranslation();
  const { pending } = row;
  const failed = pending.state === "refused" || pending.state === "expired";
  const noNetwork = useNetworkWait();
  const waitsFor = failed || pending.confirmedSeq !== undefined ? undefined : noNetwork;
  return (
    <div className={`${styles.group} ${styles.arriving}`} data-own data-direct data-first={row.first || undefined}>
      <div className={styles.column}>
        <article
          className={styles.line}
          aria-label={[t("message.pendingName"), waitsFor].filter(Boolean).join(", ")}
          data-held
          onContextMenu={(event) => {
            event.preventDefault();
            const at = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : undefined;
            onPendingMenu(pending, event.currentTarget, at);
          }}
        >
          <Bubble
            content={pending.content}
            className={failed ? styles.failed : styles.pending}
            file={pending.file}
            upload={pending.upload}
          >
            {row.quoteSeq !== undefined && (
              <Quote seq={row.quoteSeq} entry={row.quote} name={quoteName} blocked={row.quoteBlocked} onJump={onJump} />
            )}
          </Bubble>
          <span className={styles.actions}>
            <IconButton
              icon="dots-three"
              iconSize="s"
              label={t("message.more")}
              onClick={(event) => onPendingMenu(pending, event.currentTarget)}
            />
          </span>
        </article>
        {failed ? (
          <FailedLine row={row} onTakenBack={onTakenBack} />
        ) : isUploading(pending) ? (
          <UploadLine row={row} waitsFor={waitsFor} onTakenBack={onTakenBack} />
        ) : (
          <WaitingLine row={row} waitsFor={waitsFor} />
        )}
      </div>
    </div>
  );
}

type LineProps = Pick<PendingMessageRowProps, "row" | "onTakenBack">;

interface WaitingProps {
  /** What is missing of the way to the server. */
  waitsFor: string | undefined;
}

/** Its file is not at the server yet. */
function isUploading({ content, state }: PendingMessage): boolean {
  return state === "waiting" && content.type !== "text" && content.media.id === undefined;
}

function UploadLine({ row: { pending }, waitsFor, onTakenBack }: LineProps & WaitingProps) {
  const { t, i18n } = useTranslation();
  const { actions } = useChatClient();
  const { upload, content } = pending;
  const total = content.type === "text" ? 0 : content.media.size_bytes;
  const limited = pending.code === "rate_limited" || pending.code === "storage_full" || pending.code === "unavailable";
  if (limited && !upload) return <WaitingLine row={{ pending }} waitsFor={waitsFor} />;
  return (
    <span className={styles.receipt}>
      <Icon name="clock" size="s" />
      {waitsFor ??
        (upload === undefined
          ? t("media.upload.waiting")
          : upload.step === "uploading"
            ? t("media.upload.percent", { part: percent(total > 0 ? upload.sentBytes / total : 0, i18n.language) })
            : t(`media.upload.${upload.step}`))}
      <button
        type="button"
        onClick={() => {
          actions.discard(pending.clientMsgId);
          onTakenBack(pending);
        }}
      >
        {t("media.upload.cancel")}
      </button>
    </span>
  );
}

function WaitingLine({ row: { pending }, waitsFor }: { row: Pick<PendingRow, "pending"> } & WaitingProps) {
  const { t } = useTranslation();
  const now = useNow();
  const offset = useChat((s) => s.clockOffsetMs);
  // The first thing in the way, as in the message's journey.
  if (waitsFor) {
    return (
      <span className={styles.receipt}>
        <Icon name="clock" size="s" />
        {waitsFor}
      </span>
    );
  }
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

function FailedLine({ row: { pending }, onTakenBack }: LineProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const expired = pending.state === "expired";
  return (
    <span className={styles.receipt} data-state="failed" role="alert">
      <Icon name="warning-circle" size="s" />
      {expired ? t("failure.expired") : reasonText(pending.code, pending.content, t)}
      {(expired || mayHelp(pending.code)) && (
        <button type="button" onClick={() => actions.retry(pending.clientMsgId)}>
          {expired ? t("message.sendNow") : t("message.tryAgain")}
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          actions.discard(pending.clientMsgId);
          if (pending.content.type !== "text") onTakenBack(pending);
        }}
      >
        {t(pending.content.type === "text" ? "message.delete" : "media.upload.remove")}
      </button>
    </span>
  );
}

const FINAL = new Set([
  "payload_too_large",
  "validation_failed",
  "unsupported_media",
  "not_member",
  "not_found",
  FILE_LOST,
]);

/** Trying again is offered where the reason can pass: friendship and blocks change, a text or a file does not. */
function mayHelp(code: string | undefined): boolean {
  return code === undefined || !FINAL.has(code);
}
