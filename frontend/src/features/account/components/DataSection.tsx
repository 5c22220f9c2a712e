import { Suspense, useEffect, useState } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import { useChat } from "@/app/chat";
import { forgetIntent, recallIntent } from "@/app/stepUp/intent";
import { Button } from "@/ui/button/Button";
import { Page, Rows, Setting } from "@/ui/page/Page";
import { ExportSetting } from "./ExportSetting";

const DeleteAccountDialog = onDemand(() => import("./DeleteAccountDialog"));

/** What one may do with everything Kith keeps of oneself: take it along, or have it erased. */
export function DataSection() {
  const { t } = useTranslation();
  const me = useChat((s) => s.me);
  const [resumed] = useState(() => recallIntent(me?.id, ["delete_account"], Date.now()));
  const [deleting, setDeleting] = useState(resumed !== undefined);
  useEffect(forgetIntent, []);
  return (
    <Page title={t("settings.sections.data")} lead={t("account.data.lead")} backTo="/settings">
      <Rows>
        <ExportSetting />
        <Setting title={t("account.delete.title")} text={t("account.delete.short")}>
          <Button variant="dangerQuiet" size="sm" onClick={() => setDeleting(true)}>
            {t("account.delete.open")}
          </Button>
        </Setting>
      </Rows>
      {me && deleting && (
        <Suspense>
          <DeleteAccountDialog me={me} resumed={resumed} onClose={() => setDeleting(false)} />
        </Suspense>
      )}
    </Page>
  );
}
