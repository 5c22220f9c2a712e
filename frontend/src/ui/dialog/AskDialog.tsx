import { Button } from "../button/Button";
import { useAskStore } from "./ask";
import { Dialog } from "./Dialog";
import styles from "./AskDialog.module.css";

/** Shows the question that `ask` put. */
export default function AskDialog() {
  const question = useAskStore((s) => s.open);
  if (!question) return null;
  return (
    <Dialog
      title={question.title}
      onClose={() => question.answer(false)}
      actions={
        <>
          <Button variant="line" data-autofocus onClick={() => question.answer(false)}>
            {question.cancel}
          </Button>
          <Button variant={question.danger ? "danger" : "primary"} onClick={() => question.answer(true)}>
            {question.confirm}
          </Button>
        </>
      }
    >
      {question.body && <p className={styles.body}>{question.body}</p>}
    </Dialog>
  );
}
