import { Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { lazily } from "@/app/lazily";
import { Icon } from "@/ui/icons/Icon";
import styles from "./Composer.module.css";

const EmojiPanel = lazily(() => import("./EmojiPanel"));

interface EmojiButtonProps {
  /** `more` may follow, so the focus is not taken from the panel. */
  onPick: (emoji: string, more: boolean) => void;
  /** Escape: the focus goes back to where it came from. */
  onCancel: () => void;
}

/** Opens the emoji, of which one can be picked. */
export function EmojiButton({ onPick, onCancel }: EmojiButtonProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const close = useCallback(
    (how: "escape" | "away") => {
      setOpen(false);
      if (how === "escape") onCancel();
    },
    [onCancel],
  );

  function pick(emoji: string, by: "key" | "pointer") {
    if (by === "key") setOpen(false);
    onPick(emoji, by === "pointer");
  }

  return (
    <>
      <button
        type="button"
        className={styles.tool}
        aria-label={t("emoji.open")}
        title={t("emoji.open")}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="smiley" />
      </button>
      {open && (
        <Suspense>
          <EmojiPanel onPick={pick} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
