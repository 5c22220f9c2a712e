import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useNow } from "@/app/now";
import { listTime } from "@/i18n/format";
import type { EarlierDraft } from "@/realtime/draft-loss";
import { Icon } from "@/ui/icons/Icon";
import { keptDraftsQuery, storedDraftsQuery } from "../api";
import { earlierDrafts } from "../earlier";
import { usePopover } from "../usePopover";
import styles from "./EarlierDraftsPanel.module.css";

interface EarlierDraftsPanelProps {
  conversationId: string;
  current: string;
  onUse: (draft: EarlierDraft) => void;
  /** Escape, or a press elsewhere; with Escape the focus goes back to the text. */
  onClose: (how: "escape" | "away") => void;
}

/** Texts that were written here before, of all devices. Loaded when it is first opened. */
export default function EarlierDraftsPanel({ conversationId, current, onUse, onClose }: EarlierDraftsPanelProps) {
  const { t, i18n } = useTranslation();
  const { actions } = useChatClient();
  const now = useNow();
  const offset = useChat((s) => s.clockOffsetMs);
  const panel = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  usePopover(panel, onClose);
  const stored = useQuery(storedDraftsQuery(useHttp(), conversationId));
  const kept = useQuery(keptDraftsQuery(actions, conversationId));
  // Without an answer, offline above all, there still is what this device kept.
  const loading = kept.isPending || stored.isLoading;
  const items = earlierDrafts(stored.data ?? [], kept.data ?? [], current, offset);
  const words = { today: t("day.today"), yesterday: t("day.yesterday") };

  useEffect(() => {
    if (!loading) (list.current?.querySelector("button") ?? panel.current)?.focus();
  }, [loading]);

  function onArrow(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    if (step === 0 || at < 0) return;
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }

  return (
    // The keys arrive from the buttons inside, which are what has the focus.
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions
    <div
      ref={panel}
      className={styles.panel}
      role="dialog"
      aria-label={t("earlier.title")}
      tabIndex={-1}
      onKeyDown={onArrow}
    >
      <h3>{t("earlier.title")}</h3>
      {items.length > 0 ? (
        <ul ref={list}>
          {items.map((draft) => (
            <li key={draft.savedAt}>
              <button type="button" onClick={() => onUse(draft)}>
                <span className={styles.text}>
                  {draft.reply_to !== undefined && <Icon name="arrow-bend-up-left" size="s" flip />}
                  <bdi>{draft.text}</bdi>
                </span>
                <span className={styles.when}>{listTime(draft.savedAt, now, i18n.language, words)}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p className={styles.none} role="status">
          {loading ? t("earlier.loading") : t("earlier.none")}
        </p>
      )}
      {stored.isError && <p className={styles.none}>{t("earlier.local")}</p>}
    </div>
  );
}
