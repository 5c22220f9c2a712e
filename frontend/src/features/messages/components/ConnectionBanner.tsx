import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Banner } from "@/ui/feedback/states";
import { useConnectionNotice } from "../useConnectionNotice";

/** `children` are shown while there is nothing to say of the connection: one banner at a time. */
export function ConnectionBanner({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  const notice = useConnectionNotice();
  return (
    <div role="status">
      {notice === "offline" && (
        <Banner icon="wifi-slash">
          <b>{t("connection.offline")}</b> {t("connection.offlineText")}
        </Banner>
      )}
      {notice === "reconnecting" && (
        <Banner icon="arrows-clockwise" tone="quiet">
          {t("connection.reconnecting")}
        </Banner>
      )}
      {notice === "upToDate" && (
        <Banner icon="check" tone="quiet">
          {t("connection.upToDate")}
        </Banner>
      )}
      {!notice && children}
    </div>
  );
}
