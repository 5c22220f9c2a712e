import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api/types";
import { useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { useNow } from "@/app/now";
import { dayAndClock } from "@/i18n/format";
import { Avatar } from "@/ui/avatar/Avatar";
import { Button } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import { Logo } from "@/ui/Logo";
import { Card } from "@/ui/page/Page";
import { restoreAccount } from "../api";
import styles from "./DeletionPage.module.css";
import { ExportSetting } from "./ExportSetting";

interface DeletionPageProps {
  me: User;
  /** RFC 3339. */
  deletesAt: string;
  onSignOut: () => void;
}

/** How often the page looks whether the account was restored on another device. */
const LOOK_AGAIN_MS = 30_000;

/** The whole page of an account that waits for its deletion: until when it can be restored, and nothing else of Kith. */
export default function DeletionPage({ me, deletesAt, onSignOut }: DeletionPageProps) {
  const { t, i18n } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const fail = useFailure();
  const now = useNow();
  const [busy, setBusy] = useState(false);
  useQuery({
    queryKey: ["account", "waits-for-deletion"],
    queryFn: async () => {
      await client.actions.refreshProfile();
      return true;
    },
    refetchInterval: LOOK_AGAIN_MS,
    refetchOnWindowFocus: "always",
  });

  async function restore() {
    setBusy(true);
    try {
      client.applyLocal({ type: "lists", me: await restoreAccount(http) });
      snack(t("account.deletion.restored"));
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  }

  return (
    <main className={styles.page}>
      <div className={styles.column}>
        <Logo />
        <h1 className="display" tabIndex={-1}>
          {t("account.deletion.title")}
        </h1>
        <p className={styles.who}>
          <Avatar id={me.id} name={me.username} size={36} />
          <bdi>{me.username}</bdi>
        </p>
        <p className={styles.lead}>
          <b>{t("account.deletion.date", { date: dayAndClock(Date.parse(deletesAt), now, i18n.language) })}</b>{" "}
          {t("account.deletion.text")}
        </p>
        <Button variant="primary" size="lg" busy={busy} onClick={() => void restore()}>
          {t("account.deletion.restore")}
        </Button>
        <Card className={styles.export}>
          <ExportSetting />
        </Card>
        <Button variant="ghost" icon="sign-out" onClick={onSignOut}>
          {t("settings.signOut")}
        </Button>
      </div>
    </main>
  );
}
