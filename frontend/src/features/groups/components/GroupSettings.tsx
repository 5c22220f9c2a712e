import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, HistoryVisibility, JoinPolicy } from "@/api/types";
import { useChatClient, useHttp } from "@/app/chat";
import { AvatarField } from "@/app/avatar/AvatarField";
import { useFailureText } from "@/app/failure";
import { Button } from "@/ui/button/Button";
import { Block } from "@/ui/details/Details";
import { ask } from "@/ui/dialog/ask";
import { SelectField, TextField } from "@/ui/field/TextField";
import { changeGroup, type GroupChange } from "../api";
import { MAX_GROUP_NAME, parseGroupName } from "../model";
import styles from "./GroupDetails.module.css";

/** Picture, name, join policy and what newcomers see; for admins. */
export function GroupSettings({ group, onDone }: { group: Conversation; onDone: () => void }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const failureText = useFailureText();
  const [name, setName] = useState(group.name ?? "");
  const [policy, setPolicy] = useState<JoinPolicy>(group.join_policy ?? "open");
  const [visibility, setVisibility] = useState<HistoryVisibility>(group.history_visibility ?? "from_joining");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function save(event: FormEvent) {
    event.preventDefault();
    const parsed = parseGroupName(name);
    if (!parsed) {
      setError(t("group.nameInvalid", { count: MAX_GROUP_NAME }));
      return;
    }
    const change: GroupChange = {};
    if (parsed !== group.name) change.name = parsed;
    if (policy !== group.join_policy) change.join_policy = policy;
    if (visibility !== group.history_visibility) {
      const yes = await ask({
        title: t(`group.visibility.${visibility}.title`),
        body: t(`group.visibility.${visibility}.text`),
        confirm: t("group.visibility.confirm"),
        cancel: t("common.cancel"),
      });
      if (!yes) return;
      change.history_visibility = visibility;
    }
    if (Object.keys(change).length === 0) {
      onDone();
      return;
    }
    setBusy(true);
    try {
      client.applyLocal({ type: "conversation", conversation: await changeGroup(http, group.id, change) });
      onDone();
    } catch (cause) {
      setError(failureText(cause));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Block title={t("group.settings")}>
      <form className={styles.form} onSubmit={(event) => void save(event)}>
        <AvatarField
          id={group.id}
          name={name || (group.name ?? "")}
          src={group.avatar_url}
          group
          onChange={async (mediaId) => {
            const conversation = await changeGroup(http, group.id, { avatar_media_id: mediaId });
            client.applyLocal({ type: "conversation", conversation });
          }}
        />
        <TextField
          label={t("group.name")}
          value={name}
          error={error}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setError(undefined);
          }}
        />
        <SelectField
          label={t("group.policy.label")}
          value={policy}
          options={[
            { value: "open", label: t("group.policy.open") },
            { value: "approval", label: t("group.policy.approval") },
          ]}
          onChange={(event) => setPolicy(event.currentTarget.value as JoinPolicy)}
        />
        <SelectField
          label={t("group.visibility.label")}
          value={visibility}
          options={[
            { value: "from_joining", label: t("group.visibility.from_joining.option") },
            { value: "all", label: t("group.visibility.all.option") },
          ]}
          onChange={(event) => setVisibility(event.currentTarget.value as HistoryVisibility)}
        />
        <div className={styles.buttons}>
          <Button variant="line" size="sm" onClick={onDone}>
            {t("common.cancel")}
          </Button>
          <Button variant="primary" size="sm" type="submit" busy={busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Block>
  );
}
