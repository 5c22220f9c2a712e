import { useTranslation } from "react-i18next";
import { ApiError, NETWORK_ERROR } from "@/api/problem";
import { useChatClient } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";

/** Signs this device out. Asks when messages have not gone out yet: they exist nowhere else. */
export function useSignOut(): () => Promise<void> {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const fail = useFailure();
  return async () => {
    const yes = await ask({
      title: t("settings.signOutAsk.title"),
      body: t("settings.signOutAsk.text"),
      confirm: t("settings.signOut"),
      cancel: t("common.cancel"),
    });
    if (!yes) return;
    try {
      const { blockedByOutbox } = await actions.signOut();
      if (!blockedByOutbox) return;
      const anyway = await ask({
        title: t("settings.signOutAsk.unsent", { count: blockedByOutbox }),
        body: t("settings.signOutAsk.unsentText"),
        confirm: t("settings.signOutAsk.anyway"),
        cancel: t("common.cancel"),
        danger: true,
      });
      if (anyway) await actions.signOut({ force: true });
    } catch (error) {
      // The server did not hear of it, so the device is still signed in: half a sign-out would only look like one.
      if (error instanceof ApiError && error.code === NETWORK_ERROR) snack(t("settings.signOutAsk.offline"));
      else fail(error);
    }
  };
}
