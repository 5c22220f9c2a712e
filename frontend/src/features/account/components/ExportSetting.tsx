import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { useNow } from "@/app/now";
import { dayAndClock } from "@/i18n/format";
import { Button, buttonClass } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import { Setting } from "@/ui/page/Page";
import { exportQuery, requestExport } from "../api";
import { waitIn } from "../model";

/** The archive of everything somebody wrote and uploaded: asked for, awaited, fetched. */
export function ExportSetting() {
  const { t, i18n } = useTranslation();
  const http = useHttp();
  const queries = useQueryClient();
  const fail = useFailure();
  const now = useNow();
  const archive = useQuery(exportQuery(http));
  const [asking, setAsking] = useState(false);
  /** When the next one can be asked for, in the server's time. */
  const [notBefore, setNotBefore] = useState(0);
  const { state, url, expires_at } = archive.data ?? {};
  const ready = state === "ready" && url;
  const wait = notBefore > now ? waitIn(notBefore - now) : undefined;

  async function prepare() {
    setAsking(true);
    try {
      queries.setQueryData(exportQuery(http).queryKey, await requestExport(http));
    } catch (error) {
      if (error instanceof ApiError && error.code === "rate_limited" && error.retryAfterMs !== undefined) {
        setNotBefore(now + error.retryAfterMs);
      } else fail(error);
    } finally {
      setAsking(false);
    }
  }

  const told = wait
    ? t(`account.export.wait.${wait.unit}`, { count: wait.count })
    : state === "preparing"
      ? t("account.export.preparing")
      : ready && expires_at
        ? t("account.export.ready", { date: dayAndClock(Date.parse(expires_at), now, i18n.language) })
        : t("account.export.text");

  return (
    <Setting title={t("account.export.title")} text={<span role="status">{told}</span>}>
      {ready && (
        <a className={buttonClass("primary", "sm")} href={url} download>
          <Icon name="download-simple" size="s" />
          {t("account.export.download")}
        </a>
      )}
      {!wait && (
        <Button
          variant="line"
          size="sm"
          busy={asking || archive.isPending || state === "preparing"}
          onClick={() => void prepare()}
        >
          {t(state === "preparing" ? "account.export.busy" : ready ? "account.export.anew" : "account.export.prepare")}
        </Button>
      )}
    </Setting>
  );
}
