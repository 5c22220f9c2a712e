import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import styles from "@/app/shell/Shell.module.css";
import { SectionLayout } from "@/app/shell/SectionLayout";
import { DataSection } from "@/features/account/components/DataSection";
import { PasswordSection } from "@/features/account/components/PasswordSection";
import { DevicesSection } from "@/features/settings/components/DevicesSection";
import {
  LookSection,
  NotificationsSection,
  PrivacySection,
  ShortcutsSection,
} from "@/features/settings/components/OtherSections";
import { ProfileSection } from "@/features/settings/components/ProfileSection";
import { SECTIONS, SettingsNav, type Section } from "@/features/settings/components/SettingsNav";
import { useOpenParams } from "./useOpenParams";
import { useSignOut } from "./useSignOut";

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
    case "password":
      return <PasswordSection />;
    case "notifications":
      return <NotificationsSection />;
    case "privacy":
      return <PrivacySection />;
    case "look":
      return <LookSection />;
    case "data":
      return <DataSection />;
    case "shortcuts":
      return <ShortcutsSection />;
  }
}
