import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { MediaContent } from "@/api/types";
import { useHttp } from "@/app/chat";
import { snack } from "@/ui/feedback/snack";

/** Saves the file of a message, and says so when that fails. */
export function useDownload(): (content: MediaContent) => void {
  const { t } = useTranslation();
  const http = useHttp();
  return useCallback(
    ({ type, media }) => {
      import("./download")
        .then(({ download }) => download(http, type, media))
        .catch(() => snack(t("media.downloadFailed", { name: media.name })));
    },
    [http, t],
  );
}
