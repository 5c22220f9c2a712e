import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useHttp } from "@/app/chat";
import { snack } from "@/ui/feedback/snack";
import { exportQuery } from "./api";

/** Tells wherever one is when the archive that was asked for in this tab is ready. */
export function useExportNotice(onShow: () => void): void {
  const { t } = useTranslation();
  const http = useHttp();
  // Nothing is asked before the page of the archive has: it is what knows that one is being prepared.
  const { data } = useQuery({ ...exportQuery(http), enabled: (query) => query.state.data?.state === "preparing" });
  const before = useRef(data?.state);
  useEffect(() => {
    if (before.current === "preparing" && data?.state === "ready") {
      snack(t("account.export.readySnack"), { label: t("account.export.show"), onSelect: onShow });
    }
    before.current = data?.state;
  }, [data, t, onShow]);
}
