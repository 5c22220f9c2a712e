import { useTranslation } from "react-i18next";
import { Icon } from "@/ui/icons/Icon";
import { useAttachments } from "../useAttachments";
import { useFileDrop } from "../useFileDrop";
import styles from "./ChatView.module.css";

/** Says, while files are held over the window, to whom they would go. */
export function DropOverlay({ conversationId, title }: { conversationId: string; title: string }) {
  const { t } = useTranslation();
  const { add } = useAttachments(conversationId);
  const over = useFileDrop(add);
  if (!over) return null;
  return (
    <div className={styles.drop}>
      <div>
        <Icon name="upload-simple" size="l" />
        <b>{t("media.drop.title", { name: title })}</b>
        <span className="hint">{t("media.drop.text")}</span>
      </div>
    </div>
  );
}
