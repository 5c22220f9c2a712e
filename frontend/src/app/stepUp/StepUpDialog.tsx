import { useId, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import type { Intent } from "./intent";
import { PasswordPrompt } from "./PasswordPrompt";
import styles from "./StepUpDialog.module.css";
import { useStepUp } from "./useStepUp";

export interface StepUpDialogProps {
  /** The question, as long as no password is asked for. */
  question: string;
  /** What follows from it, below the question. */
  consequence: string;
  /** What the password is for: "To sign out 3 other devices." */
  purpose: string;
  /** Names the act. */
  confirm: string;
  intent: Intent;
  proven?: boolean;
  act: (password: string | undefined) => Promise<void>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before an act that the account password protects, and for the password where one is set. */
export default function StepUpDialog({ intent, proven, act, onDone, onClose, ...words }: StepUpDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const stepUp = useStepUp({ act, proven });

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (await stepUp.submit()) onDone();
  }

  return (
    <Dialog
      title={stepUp.asked ? t("stepUp.title") : words.question}
      onClose={onClose}
      actions={
        <>
          <Button variant="line" data-autofocus={!stepUp.asked || undefined} onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button variant="danger" type="submit" form={form} busy={stepUp.busy}>
            {words.confirm}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={(event) => void submit(event)}>
        <p className={styles.text}>{stepUp.asked ? words.purpose : words.consequence}</p>
        <PasswordPrompt stepUp={stepUp} intent={intent} focused proven={proven} />
      </form>
    </Dialog>
  );
}
