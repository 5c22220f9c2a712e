import { useEffect, useEffectEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useFailureText } from "@/app/failure";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import type { Filters } from "../model";
import { useHitsInChat, type HitsInChat } from "../useHitsInChat";
import { SearchField } from "./SearchField";
import styles from "./FindBar.module.css";

interface FindBarProps {
  filters: Filters & { chat: string };
  /** `seq` of the hit that is open. */
  at: number | undefined;
  /** Opens a hit of this chat. */
  onGo: (seq: number) => void;
  /** Tells the words to mark in the open hit. */
  onWords: (words: string[]) => void;
  onClose: () => void;
  /** With it the words can be changed here; without it they belong to the list beside the chat. */
  onQuery?: (q: string) => void;
}

/** Below the header of a chat: which of its hits is open, and the way to the others. */
export default function FindBar({ filters, at, onGo, onWords, onClose, onQuery }: FindBarProps) {
  const { t } = useTranslation();
  const found = useHitsInChat(filters, at);
  const { older, newer, newest } = found;
  const words = found.words.join("\n");

  const tellWords = useEffectEvent(onWords);
  useEffect(() => tellWords(words === "" ? [] : words.split("\n")), [words]);

  // Who types here wants to see; the first hit is the newest.
  const first = onQuery && at === undefined && !found.outdated ? newest?.entry.seq : undefined;
  const go = useEffectEvent(onGo);
  useEffect(() => {
    if (first !== undefined) go(first);
  }, [first]);

  function onKey(event: KeyboardEvent): boolean {
    if (event.key === "Escape") {
      onClose();
      event.stopPropagation();
      return true;
    }
    // Enter also starts the search that is typed; only a finished one is walked through.
    if (event.key !== "Enter" || found.index < 0) return false;
    const next = event.shiftKey ? newer : older;
    if (next) onGo(next.entry.seq);
    return next !== undefined;
  }

  return (
    <div className={styles.bar} role="search" aria-label={t("search.inChat.name")}>
      {onQuery ? (
        <SearchField
          look="bare"
          takeFocus
          label={t("search.inChat.name")}
          value={filters.q}
          onChange={onQuery}
          onKey={onKey}
        />
      ) : (
        <Icon name="magnifying-glass" size="s" />
      )}
      <span className={onQuery ? styles.place : `${styles.place} grow`} role="status">
        <Place found={found} />
      </span>
      <span className={styles.steps}>
        <IconButton
          icon="caret-up"
          size="sm"
          label={t("search.inChat.older")}
          disabled={!older}
          onClick={() => older && onGo(older.entry.seq)}
        />
        <IconButton
          icon="caret-down"
          size="sm"
          label={t("search.inChat.newer")}
          disabled={!newer}
          onClick={() => newer && onGo(newer.entry.seq)}
        />
        <IconButton icon="x" size="sm" label={t("search.inChat.close")} onClick={onClose} />
      </span>
    </div>
  );
}

function Place({ found }: { found: HitsInChat }) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const { status, count, more, index, error } = found;
  if (found.unsearchable) return t("search.inChat.encrypted");
  if (found.paused) return t("failure.network");
  if (status === "idle") return null;
  if (status === "failed") {
    const refused = error instanceof ApiError && error.code === "validation_failed";
    return refused ? t("search.tooLittle") : failureText(error);
  }
  if (status === "waiting" || found.outdated) return t("search.inChat.searching");
  if (count === 0) return t("search.inChat.nothing");
  if (index < 0) return t("search.found", { count });
  return t(more ? "search.inChat.placeOfMore" : "search.inChat.place", { place: index + 1, count });
}
