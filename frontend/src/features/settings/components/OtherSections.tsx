import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { blocksQuery, useBlocking } from "@/app/blocking";
import { useChat, useHttp } from "@/app/chat";
import { traceOf, useFailure } from "@/app/failure";
import { changeLook, chosenLanguage, useLook } from "@/app/look";
import { playTone } from "@/app/tone";
import { ShortcutList } from "@/app/shortcuts/ShortcutList";
import { LANGUAGES, type LanguageId } from "@/i18n";
import { Button } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import { Empty, ErrorState, Skeletons } from "@/ui/feedback/states";
import { Segments, Switch } from "@/ui/field/choices";
import { SelectField } from "@/ui/field/TextField";
import { Card, Page, Rows, Setting } from "@/ui/page/Page";
import { PersonLine } from "@/ui/person/PersonLine";
import styles from "./sections.module.css";

export function NotificationsSection() {
  const { t } = useTranslation();
  const toasts = useLook((s) => s.toasts);
  const sound = useLook((s) => s.sound);
  return (
    <Page title={t("settings.sections.notifications")} lead={t("settings.notifications.lead")} backTo="/settings">
      <Rows>
        <Setting title={t("settings.notifications.toasts")} text={t("settings.notifications.toastsText")}>
          <Switch
            label={t("settings.notifications.toasts")}
            checked={toasts}
            onChange={(on) => changeLook({ toasts: on })}
          />
        </Setting>
        <Setting title={t("settings.notifications.sound")} text={t("settings.notifications.soundText")}>
          <Switch
            label={t("settings.notifications.sound")}
            checked={sound}
            onChange={(on) => {
              changeLook({ sound: on });
              // Lets people hear what they chose, and lets the browser know that this page may be heard.
              if (on) void playTone();
            }}
          />
        </Setting>
      </Rows>
    </Page>
  );
}

export function LookSection() {
  const { t } = useTranslation();
  const look = useLook();
  return (
    <Page title={t("settings.sections.look")} backTo="/settings">
      <Rows>
        <Setting title={t("settings.look.theme")}>
          <Segments
            label={t("settings.look.theme")}
            value={look.theme}
            options={[
              { value: "system", label: t("settings.look.themes.system"), icon: "monitor" },
              { value: "light", label: t("settings.look.themes.light"), icon: "sun" },
              { value: "dark", label: t("settings.look.themes.dark"), icon: "moon" },
            ]}
            onChange={(theme) => changeLook({ theme })}
          />
        </Setting>
        <Setting title={t("settings.look.density")} text={t("settings.look.densityText")}>
          <Segments
            label={t("settings.look.density")}
            value={look.density}
            options={[
              { value: "comfortable", label: t("settings.look.densities.comfortable") },
              { value: "compact", label: t("settings.look.densities.compact") },
            ]}
            onChange={(density) => changeLook({ density })}
          />
        </Setting>
        <Setting title={t("settings.look.language")}>
          <SelectField
            label={t("settings.look.language")}
            hideLabel
            value={chosenLanguage(look)}
            options={LANGUAGES.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(event) => changeLook({ language: event.currentTarget.value as LanguageId })}
          />
        </Setting>
      </Rows>
    </Page>
  );
}

export function ShortcutsSection() {
  const { t } = useTranslation();
  const on = useLook((s) => s.shortcuts);
  return (
    <Page title={t("settings.sections.shortcuts")} backTo="/settings">
      <Rows>
        <Setting title={t("settings.shortcuts.on")} text={t("settings.shortcuts.text")}>
          <Switch label={t("settings.shortcuts.on")} checked={on} onChange={(shortcuts) => changeLook({ shortcuts })} />
        </Setting>
      </Rows>
      <Card className={styles.spaced}>
        <ShortcutList />
      </Card>
    </Page>
  );
}

export function PrivacySection() {
  const { t } = useTranslation();
  const http = useHttp();
  const setBlocked = useBlocking();
  const fail = useFailure();
  const blocked = useChat((s) => s.sync.blocked);
  const blocks = useQuery(blocksQuery(http, blocked));

  async function release(userId: string, name: string) {
    try {
      await setBlocked(userId, false);
      snack(t("friends.unblocked", { name }));
    } catch (error) {
      fail(error);
    }
  }

  return (
    <Page title={t("settings.sections.privacy")} lead={t("settings.privacy.lead")} backTo="/settings">
      {blocks.isPending && <Skeletons rows={3} />}
      {blocks.isError && <ErrorState trace={traceOf(blocks.error)} onRetry={() => void blocks.refetch()} />}
      {blocks.data?.length === 0 && (
        <Card>
          <Empty quiet title={t("settings.privacy.none")} text={t("settings.privacy.noneText")} />
        </Card>
      )}
      {blocks.data && blocks.data.length > 0 && (
        <Rows title={t("settings.privacy.blocked")}>
          {blocks.data.map((user) => (
            <PersonLine
              key={user.id}
              id={user.id}
              name={<bdi>{user.username}</bdi>}
              username={user.username}
              src={user.avatar_url}
              size={48}
            >
              <Button
                variant="line"
                size="sm"
                aria-label={t("friends.unblockName", { name: user.username })}
                onClick={() => void release(user.id, user.username)}
              >
                {t("friends.unblock")}
              </Button>
            </PersonLine>
          ))}
        </Rows>
      )}
    </Page>
  );
}
