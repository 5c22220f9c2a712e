import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { forgetIntent, recallIntent } from "@/app/stepUp/intent";
import { PasswordPrompt } from "@/app/stepUp/PasswordPrompt";
import { useStepUp } from "@/app/stepUp/useStepUp";
import { Button } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import { PasswordField } from "@/ui/field/PasswordField";
import { Card, Page } from "@/ui/page/Page";
import { setPassword } from "../api";
import { PASSWORD_LENGTH, passwordFault } from "../model";
import styles from "./account.module.css";

/** The account password: set for the first time, or changed. */
export function PasswordSection() {
  const { t } = useTranslation();
  const me = useChat((s) => s.me);
  // A new form after each change, so that nothing secret stays on the page.
  const [changes, setChanges] = useState(0);
  return (
    <Page title={t("settings.sections.password")} lead={t("account.password.lead")} backTo="/settings">
      {me && <PasswordForm key={changes} me={me} onDone={() => setChanges(changes + 1)} />}
    </Page>
  );
}

function PasswordForm({ me, onDone }: { me: User; onDone: () => void }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const change = me.password_set ?? false;
  const [proven] = useState(() => recallIntent(me.id, ["change_password"], Date.now()) !== undefined);
  const [next, setNext] = useState("");
  const [fault, setFault] = useState<ReturnType<typeof passwordFault>>();
  const stepUp = useStepUp({
    proven,
    act: (current) => setPassword(http, { ...(current !== undefined && { current }), new: next }),
  });
  useEffect(forgetIntent, []);

  async function save(event: FormEvent) {
    event.preventDefault();
    const wrong = passwordFault(next);
    setFault(wrong);
    if (wrong || !(await stepUp.submit())) return;
    client.applyLocal({ type: "profile", user: { ...me, password_set: true } });
    snack(t(change ? "account.password.changed" : "account.password.set"));
    onDone();
  }

  return (
    <Card>
      <form className={styles.form} onSubmit={(event) => void save(event)}>
        {/* Tells a password manager whose password this is. */}
        <input type="text" value={me.username} autoComplete="username" readOnly hidden />
        {!change && <p className={styles.text}>{t("account.password.none")}</p>}
        <PasswordPrompt
          stepUp={stepUp}
          intent={{ act: "change_password" }}
          label={t("account.password.current")}
          proven={proven && change}
        />
        <PasswordField
          label={t("account.password.new")}
          value={next}
          autoComplete="new-password"
          hint={t("account.password.hint", { least: PASSWORD_LENGTH.least, most: PASSWORD_LENGTH.most })}
          error={fault && t(`account.password.${fault}`, { count: LIMITS[fault] })}
          onChange={(event) => {
            setNext(event.currentTarget.value);
            setFault(undefined);
          }}
        />
        <div className={styles.buttons}>
          <Button variant="primary" type="submit" busy={stepUp.busy}>
            {t(change ? "account.password.change" : "account.password.setButton")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

const LIMITS = { short: PASSWORD_LENGTH.least, long: PASSWORD_LENGTH.most } as const;
