import { Suspense, useState } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { IconButton } from "@/ui/button/Button";
import { Block } from "@/ui/details/Details";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import { parseCode, showCode } from "@/ui/field/code";
import { renewCode } from "../api";
import styles from "./GroupDetails.module.css";

const QrCode = onDemand(() => import("@/ui/qr/QrCode"));

export function GroupCode({ group, admin }: { group: Conversation; admin: boolean }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const fail = useFailure();
  const [qr, setQr] = useState(false);
  const code = showCode(parseCode(group.group_code ?? ""));
  const link = `${location.origin}/join/${code}`;

  async function renew() {
    const yes = await ask({
      title: t("group.renew.title"),
      body: t("group.renew.text"),
      confirm: t("group.renew.confirm"),
      cancel: t("common.cancel"),
      danger: true,
    });
    if (!yes) return;
    try {
      const { group_code } = await renewCode(http, group.id);
      const current = client.store.getState().conversations[group.id] ?? group;
      client.applyLocal({ type: "conversation", conversation: { ...current, group_code } });
      snack(t("group.renew.done"));
    } catch (error) {
      fail(error);
    }
  }

  return (
    <Block
      title={t("group.code")}
      end={
        admin && (
          <button type="button" onClick={() => void renew()}>
            {t("group.renew.short")}
          </button>
        )
      }
    >
      <div className={styles.code}>
        <b className="ltr">{code}</b>
        <IconButton
          icon="qr-code"
          size="sm"
          label={t("code.showQr")}
          aria-expanded={qr}
          onClick={() => setQr((open) => !open)}
        />
        <IconButton
          icon="link-simple"
          size="sm"
          label={t("group.copyLink")}
          onClick={() => void navigator.clipboard.writeText(link).then(() => snack(t("group.linkCopied")), fail)}
        />
      </div>
      {qr && (
        <div className={styles.qr}>
          <Suspense>
            <QrCode text={link} label={t("group.qrName")} />
          </Suspense>
        </div>
      )}
      <p className="hint">{t(group.join_policy === "approval" ? "group.joinApproval" : "group.joinOpen")}</p>
    </Block>
  );
}
