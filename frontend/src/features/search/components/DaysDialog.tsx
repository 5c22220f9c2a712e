import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "@/app/now";
import { Button } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import { TextField } from "@/ui/field/TextField";
import { dayOf, type Filters } from "../model";
import styles from "./DaysDialog.module.css";

interface DaysDialogProps extends Pick<Filters, "since" | "until"> {
  onPick: (days: Pick<Filters, "since" | "until">) => void;
  onClose: () => void;
}

/** The first and the last day to search; either may be left open. */
export default function DaysDialog({ since, until, onPick, onClose }: DaysDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const today = dayOf(new Date(useNow()));
  const [first, setFirst] = useState(since ?? "");
  const [last, setLast] = useState(until ?? "");
  const wrong = first !== "" && last !== "" && last < first;
  return (
    <Dialog
      title={t("search.daysTitle")}
      onClose={onClose}
      actions={
        <>
          <Button variant="line" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button variant="primary" type="submit" form={form} busy={wrong}>
            {t("search.title")}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={styles.days}
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) onPick({ since: first || undefined, until: last || undefined });
        }}
      >
        <TextField
          type="date"
          data-autofocus
          label={t("search.firstDay")}
          max={today}
          value={first}
          onChange={(event) => setFirst(event.currentTarget.value)}
        />
        <TextField
          type="date"
          label={t("search.lastDay")}
          max={today}
          value={last}
          error={wrong ? t("search.daysWrong") : undefined}
          onChange={(event) => setLast(event.currentTarget.value)}
        />
      </form>
    </Dialog>
  );
}
