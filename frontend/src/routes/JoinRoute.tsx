import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import styles from "@/app/shell/Shell.module.css";
import { JoinGroup } from "@/features/groups/components/JoinGroup";
import { parseCode } from "@/ui/field/code";
import { Card, Page } from "@/ui/page/Page";

export function JoinRoute() {
  const { t } = useTranslation();
  const { code } = useParams({ from: "/signed-in/chats/join/$code" });
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        <Page title={t("group.joinTitle")} backTo="/">
          <Card>
            <JoinGroup key={code} initialCode={parseCode(code)} />
          </Card>
        </Page>
      </main>
    </div>
  );
}
