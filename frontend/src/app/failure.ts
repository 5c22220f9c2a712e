import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { snack } from "@/ui/feedback/snack";

/** The sentence for a refusal; one that no sentence exists for says that it is our fault. */
export function useFailureText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback(
    (error) => {
      const code = error instanceof ApiError ? error.code : "unknown";
      switch (code) {
        case "network":
          return t("failure.network");
        case "rate_limited": {
          const wait = error instanceof ApiError ? error.retryAfterMs : undefined;
          return t("failure.rateLimited", { count: Math.max(1, Math.ceil((wait ?? 1000) / 1000)) });
        }
        case "storage_full":
        case "unavailable":
          return t("failure.unavailableShort");
        case "not_friends":
          return t("failure.notFriends");
        case "not_member":
          return t("failure.notMember");
        case "unsend_expired":
          return t("failure.unsendExpired");
        case "forbidden":
          return t("failure.forbidden");
        case "not_found":
          return t("failure.notFound");
        case "conflict":
          return t("failure.conflict");
        case "validation_failed":
          return t("failure.invalid");
        default:
          return t("failure.other");
      }
    },
    [t],
  );
}

/** Says at the bottom of the page that an act of the user failed. */
export function useFailure(): (error: unknown) => void {
  const text = useFailureText();
  return useCallback((error) => snack(text(error)), [text]);
}

/** For support, to find a failed request. */
export function traceOf(error: unknown): string | undefined {
  return error instanceof ApiError ? error.traceId : undefined;
}
