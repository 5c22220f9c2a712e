import { useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api/types";
import { useChatClient, useHttp } from "@/app/chat";
import type { Intent } from "@/app/stepUp/intent";
import { PasswordPrompt } from "@/app/stepUp/PasswordPrompt";
import { useStepUp } from "@/app/stepUp/useStepUp";
import { Button } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import { TextField } from "@/ui/field/TextField";
import { deleteAccount } from "../api";
import { isName } from "../model";
import styles from "./account.module.css";

interface DeleteAccountDialogProps {
  me: User;
  /** The same form before a new sign-in. */
  resumed?: Extract<Intent, { act: "delete_account" }> | undefined;
  onClose: () => void;
}

/** Asks for the name, and for the account password where one is set. */
export default function DeleteAccountDialog({ me, resumed, onClose }: DeleteAccountDialogProps) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const form = useId();
  const [typed, setTyped] = useState(resumed?.typedName ?? "");
  const [mistyped, setMistyped] = useState(false);
  const proven = resumed !== undefined;
  const stepUp = useStepUp({
    proven,
    // The page that follows knows the date from the profile.
    act: async (password) => client.applyLocal({ type: "lists", me: await deleteAccount(http, password) }),
  });

  async function submit(event: FormEvent) {
    event.preventDefault();
    const named = isName(typed, me.username);
    setMistyped(!named);
    if (named) await stepUp.submit();
  }

  return (
    <Dialog
      title={t("account.delete.question")}
      onClose={onClose}
      actions={
        <>
          <Button variant="line" onClick={onClose}>
            {t("account.delete.keep")}
          </Button>
          <Button variant="danger" type="submit" form={form} busy={stepUp.busy}>
            {t("account.delete.confirm")}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={(event) => void submit(event)}>
        <ul className={styles.consequences}>
          <li>{t("account.delete.now")}</li>
          <li>{t("account.delete.later")}</li>
          <li>{t("account.delete.mind")}</li>
        </ul>
        <TextField
          label={t("account.delete.typeName", { name: me.username })}
          value={typed}
          autoComplete="off"
          data-autofocus
          dir="auto"
          error={mistyped ? t("account.delete.mistyped") : undefined}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setMistyped(false);
          }}
        />
        <PasswordPrompt
          stepUp={stepUp}
          intent={{ act: "delete_account", typedName: typed }}
          proven={proven && (me.password_set ?? false)}
        />
      </form>
    </Dialog>
  );
}
