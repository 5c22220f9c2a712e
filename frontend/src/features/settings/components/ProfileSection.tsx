import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Gender, User } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useFailureText } from "@/app/failure";
import { MAX_USERNAME, parseUsername } from "@/chat/username";
import { AvatarField } from "@/app/avatar/AvatarField";
import { Button } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import { Switch } from "@/ui/field/choices";
import { SelectField, TextArea, TextField } from "@/ui/field/TextField";
import { Card, Page, Setting } from "@/ui/page/Page";
import { changeProfile, type ProfileChange } from "../api";
import { MAX_INTRODUCTION } from "../model";
import styles from "./sections.module.css";

const GENDERS: Gender[] = ["female", "male", "non_binary", "other"];

export function ProfileSection() {
  const { t } = useTranslation();
  const me = useChat((s) => s.me);
  return (
    <Page title={t("settings.sections.profile")} lead={t("profile.lead")} backTo="/settings">
      {me && <ProfileForm key={me.id} me={me} />}
    </Page>
  );
}

function ProfileForm({ me }: { me: User }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const failureText = useFailureText();
  const [username, setUsername] = useState(me.username);
  const [introduction, setIntroduction] = useState(me.introduction ?? "");
  const [gender, setGender] = useState<Gender | "">(me.gender ?? "");
  const [shared, setShared] = useState(me.gender_shared ?? false);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const left = MAX_INTRODUCTION - Array.from(introduction).length;

  async function save(event: FormEvent) {
    event.preventDefault();
    const name = parseUsername(username);
    if (!name) {
      setError(t("profile.nameInvalid", { count: MAX_USERNAME }));
      return;
    }
    if (left < 0) return;
    const change: ProfileChange = {
      username: name,
      introduction: introduction.trim() === "" ? null : introduction,
      gender: gender === "" ? null : gender,
      gender_shared: gender !== "" && shared,
    };
    setBusy(true);
    try {
      client.applyLocal({ type: "profile", user: await changeProfile(http, change) });
      snack(t("common.saved"));
    } catch (cause) {
      setError(failureText(cause));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Card>
      <form className={styles.form} onSubmit={(event) => void save(event)}>
        <AvatarField
          id={me.id}
          name={username || me.username}
          src={me.avatar_url}
          onChange={async (mediaId) => {
            const user = await changeProfile(http, { avatar_media_id: mediaId });
            client.applyLocal({ type: "profile", user });
          }}
        />
        <TextField
          label={t("profile.name")}
          value={username}
          autoComplete="nickname"
          error={error}
          hint={t("profile.nameHint")}
          onChange={(event) => {
            setUsername(event.currentTarget.value);
            setError(undefined);
          }}
        />
        <TextArea
          label={t("profile.introduction")}
          value={introduction}
          dir="auto"
          rows={3}
          error={left < 0 ? t("profile.introductionOver", { count: -left }) : undefined}
          hint={t("profile.introductionHint", { count: left })}
          onChange={(event) => setIntroduction(event.currentTarget.value)}
        />
        <SelectField
          label={t("profile.gender")}
          value={gender}
          options={[
            { value: "", label: t("profile.genders.unset") },
            ...GENDERS.map((value) => ({ value, label: t(`profile.genders.${value}`) })),
          ]}
          onChange={(event) => setGender(event.currentTarget.value as Gender | "")}
        />
        {gender !== "" && (
          <Setting title={t("profile.shareGender")} text={t("profile.shareGenderText")}>
            <Switch label={t("profile.shareGender")} checked={shared} onChange={setShared} />
          </Setting>
        )}
        <div className={styles.buttons}>
          <Button variant="primary" type="submit" busy={busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
