import { useTranslation } from "react-i18next";
import { fileSize } from "@/i18n/format";
import type { UploadProgress } from "@/realtime/state";
import styles from "./media.module.css";

interface UploadBarProps {
  upload: UploadProgress;
  totalBytes: number;
}

/** How much of a file has left. */
export function UploadBar({ upload, totalBytes }: UploadBarProps) {
  const { t, i18n } = useTranslation();
  const part = totalBytes > 0 ? Math.min(1, upload.sentBytes / totalBytes) : 0;
  const text =
    upload.step === "uploading"
      ? t("media.upload.progress", {
          sent: fileSize(upload.sentBytes, i18n.language),
          total: fileSize(totalBytes, i18n.language),
        })
      : t(`media.upload.${upload.step}`);
  return (
    <span className={styles.upload}>
      {text}
      <span
        className={styles.track}
        role="progressbar"
        aria-label={t("media.upload.name")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
      >
        <i style={{ inlineSize: `${part * 100}%` }} />
      </span>
    </span>
  );
}
