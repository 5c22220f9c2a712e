import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useFailureText } from "@/app/failure";
import { MAX_USERNAME, parseUsername } from "@/chat/username";
import { AvatarField } from "@/app/avatar/AvatarField";
import { Button } from "@/ui/button/Button";
import { TextField } from "@/ui/field/TextField";
import { Logo } from "@/ui/Logo";
import styles from "./Welcome.module.css";

/** The first visit: the name that the provider gave, to confirm or change. */
export function Welcome({ onDone }: { onDone: () => void }) {
  const me = useChat((s) => s.me);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Logo />
        {me && <NameForm me={me} onDone={onDone} />}
      </div>
    </main>
  );
}

function NameForm({ me, onDone }: { me: User; onDone: () => void }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const failureText = useFailureText();
  const [username, setUsername] = useState(me.username);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function confirm(event: FormEvent) {
    event.preventDefault();
    const name = parseUsername(username);
    if (!name) {
      setError(t("profile.nameInvalid", { count: MAX_USERNAME }));
      return;
    }
    setBusy(true);
    try {
      if (name !== me.username) {
        const user = await http.patch<User>("/api/v1/me", { body: { username: name } });
        client.applyLocal({ type: "profile", user });
      }
      onDone();
    } catch (cause) {
      setError(failureText(cause));
      setBusy(false);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void confirm(event)}>
      <h1 className="display" tabIndex={-1}>
        {t("welcome.title")}
      </h1>
      <p className={styles.lead}>{t("welcome.lead")}</p>
      <AvatarField
        id={me.id}
        name={username || me.username}
        src={me.avatar_url}
        onChange={async (mediaId) => {
          const user = await http.patch<User>("/api/v1/me", { body: { avatar_media_id: mediaId } });
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
      <Button variant="primary" size="lg" type="submit" busy={busy}>
        {t("welcome.start")}
      </Button>
    </form>
  );
}
