import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useChatClient, useHttp } from "@/app/chat";
import { useFailureText } from "@/app/failure";
import { Button } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import { TextField } from "@/ui/field/TextField";
import { createGroup } from "../api";
import { MAX_GROUP_NAME, parseGroupName } from "../model";
import { FriendPicker } from "./FriendPicker";
import styles from "./groups.module.css";

/** Names a group and picks its first members. */
export default function NewGroupDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const navigate = useNavigate();
  const failureText = useFailureText();
  const [name, setName] = useState("");
  const [picked, setPicked] = useState<string[]>([]);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function create(event: FormEvent) {
    event.preventDefault();
    const parsed = parseGroupName(name);
    if (!parsed) {
      setError(t("group.nameInvalid", { count: MAX_GROUP_NAME }));
      return;
    }
    setBusy(true);
    try {
      const conversation = await createGroup(http, parsed, picked);
      client.applyLocal({ type: "conversation", conversation });
      onClose();
      await navigate({ to: "/chats/$id", params: { id: conversation.id } });
    } catch (cause) {
      setError(failureText(cause));
      setBusy(false);
    }
  }

  /** Enter goes on to the friends; with some picked it creates, and with none only the button does. */
  function onNameKey(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key !== "Enter" || event.nativeEvent.isComposing || picked.length > 0) return;
    event.preventDefault();
    event.currentTarget.form?.querySelector<HTMLElement>("[type=search]")?.focus();
  }

  return (
    <Dialog title={t("group.new")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void create(event)}>
        <TextField
          label={t("group.name")}
          value={name}
          error={error}
          maxLength={MAX_GROUP_NAME * 2}
          data-autofocus
          autoComplete="off"
          onChange={(event) => {
            setName(event.currentTarget.value);
            setError(undefined);
          }}
          onKeyDown={onNameKey}
        />
        <fieldset>
          <legend className={styles.legend}>{t("group.pick")}</legend>
          <FriendPicker picked={picked} onChange={setPicked} />
        </fieldset>
        <div className={styles.buttons}>
          <Button variant="line" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button variant="primary" type="submit" busy={busy}>
            {t("group.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
