import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { ACCEPT } from "@/chat/media/kinds";
import { Icon } from "@/ui/icons/Icon";
import styles from "./Composer.module.css";

/** Opens the system's choice of files. */
export function AttachButton({ onPick }: { onPick: (files: File[]) => void }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className={styles.tool}
        aria-label={t("media.attach")}
        title={t("media.attach")}
        onClick={() => field.current?.click()}
      >
        <Icon name="plus-circle" size="l" />
      </button>
      <input
        ref={field}
        type="file"
        hidden
        multiple
        accept={ACCEPT}
        aria-label={t("media.attach")}
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files) onPick([...files]);
          // The same file can be picked again after it was taken out.
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
