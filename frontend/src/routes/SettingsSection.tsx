import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError, NETWORK_ERROR } from "@/api/problem";
import { useChatClient } from "@/app/chat";
import { useFailure } from "@/app/failure";
import styles from "@/app/shell/Shell.module.css";
import { SectionLayout } from "@/app/shell/SectionLayout";
import { DevicesSection } from "@/features/settings/components/DevicesSection";
import {
  LookSection,
  NotificationsSection,
  PrivacySection,
  ShortcutsSection,
} from "@/features/settings/components/OtherSections";
import { ProfileSection } from "@/features/settings/components/ProfileSection";
import { SECTIONS, SettingsNav, type Section } from "@/features/settings/components/SettingsNav";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import { useOpenParams } from "./useOpenParams";

function sectionOf(text: string | undefined): Section | undefined {
  return SECTIONS.find((section) => section === text);
}

export function SettingsSection() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { section } = useOpenParams();
  const signOut = useSignOut();
  const home = pathname === "/settings";
  return (
    <SectionLayout
      label={t("settings.title")}
      view={home ? "list" : "page"}
      list={<SettingsNav current={home ? "profile" : sectionOf(section)} onSignOut={() => void signOut()} />}
    />
  );
}

/** Asks when messages have not gone out yet: they exist nowhere else. */
function useSignOut(): () => Promise<void> {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const fail = useFailure();
  return async () => {
    const yes = await ask({
      title: t("settings.signOutAsk.title"),
      body: t("settings.signOutAsk.text"),
      confirm: t("settings.signOut"),
      cancel: t("common.cancel"),
    });
    if (!yes) return;
    try {
      const { blockedByOutbox } = await actions.signOut();
      if (!blockedByOutbox) return;
      const anyway = await ask({
        title: t("settings.signOutAsk.unsent", { count: blockedByOutbox }),
        body: t("settings.signOutAsk.unsentText"),
        confirm: t("settings.signOutAsk.anyway"),
        cancel: t("common.cancel"),
        danger: true,
      });
      if (anyway) await actions.signOut({ force: true });
    } catch (error) {
      // The server did not hear of it, so the device is still signed in: half a sign-out would only look like one.
      if (error instanceof ApiError && error.code === NETWORK_ERROR) snack(t("settings.signOutAsk.offline"));
      else fail(error);
    }
  };
}

export function SettingsPage() {
  const { section } = useOpenParams();
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        <SectionPage section={sectionOf(section) ?? "profile"} />
      </main>
    </div>
  );
}

function SectionPage({ section }: { section: Section }) {
  switch (section) {
    case "profile":
      return <ProfileSection />;
    case "devices":
      return <DevicesSection />;
    case "notifications":
      return <NotificationsSection />;
    case "privacy":
      return <PrivacySection />;
    case "look":
      return <LookSection />;
    case "shortcuts":
      return <ShortcutsSection />;
  }
}
