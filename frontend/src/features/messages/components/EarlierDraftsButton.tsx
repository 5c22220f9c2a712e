import { Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { lazily } from "@/app/lazily";
import type { EarlierDraft } from "@/realtime/draft-loss";
import { Icon } from "@/ui/icons/Icon";
import styles from "./Composer.module.css";

const EarlierDraftsPanel = lazily(() => import("./EarlierDraftsPanel"));

interface EarlierDraftsButtonProps {
  conversationId: string;
  /** What is in the composer now. */
  current: string;
  /** What was typed last has to be known before the panel looks. */
  onOpen: () => void;
  onUse: (draft: EarlierDraft) => void;
  /** Escape: the focus goes back to where it came from. */
  onCancel: () => void;
}

/** Opens what was written here before and gave way to other text. */
export function EarlierDraftsButton({ conversationId, current, onOpen, onUse, onCancel }: EarlierDraftsButtonProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const close = useCallback(
    (how: "escape" | "away") => {
      setOpen(false);
      if (how === "escape") onCancel();
    },
    [onCancel],
  );

  return (
    <>
      <button
        type="button"
        className={styles.tool}
        aria-label={t("earlier.open")}
        title={t("earlier.open")}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => {
          if (!open) onOpen();
          setOpen(!open);
        }}
      >
        <Icon name="clock-counter-clockwise" />
      </button>
      {open && (
        <Suspense>
          <EarlierDraftsPanel
            conversationId={conversationId}
            current={current}
            onUse={(draft) => {
              setOpen(false);
              onUse(draft);
            }}
            onClose={close}
          />
        </Suspense>
      )}
    </>
  );
}
