import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SignInNotice } from "@/api/types";
import { changeLook, chosenLanguage, useLook } from "@/app/look";
import { dayAndClock } from "@/i18n/format";
import { LANGUAGES, type LanguageId } from "@/i18n";
import { deviceNameOf, loginUrl, providersQuery, publicGet } from "@/app/signIn";
import { buttonClass } from "@/ui/button/Button";
import { Banner, ErrorState } from "@/ui/feedback/states";
import { traceOf } from "@/app/failure";
import { Icon } from "@/ui/icons/Icon";
import { Logo } from "@/ui/Logo";
import { GoogleMark } from "./GoogleMark";
import { LeafArt } from "./LeafArt";
import styles from "./SignInPage.module.css";

export interface SignInRefusal {
  code: string;
  reason?: string;
  until?: string;
}

interface SignInPageProps {
  returnTo: string;
  /** Why the last attempt, or the session, ended. */
  refusal?: SignInRefusal;
  /** Names a notice that the server tells once. */
  ticket?: string;
}

export function SignInPage({ returnTo, refusal, ticket }: SignInPageProps) {
  const { t } = useTranslation();
  const providers = useQuery(providersQuery);
  const notice = useQuery({
    queryKey: ["sign-in-notice", ticket],
    queryFn: ({ signal }) => publicGet<SignInNotice>(`/auth/notice/${encodeURIComponent(ticket ?? "")}`, signal),
    enabled: ticket !== undefined,
    // The server forgets a notice once it was read.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const told = notice.data
    ? { code: notice.data.code, reason: notice.data.reason ?? undefined, until: notice.data.until ?? undefined }
    : refusal;

  return (
    <main className={styles.page}>
      <div className={styles.art}>
        <LeafArt />
      </div>
      <div className={styles.form}>
        <span className={styles.logo}>
          <Logo />
          <span className="display">{t("app.name")}</span>
        </span>
        <div className={styles.middle}>
          <h1 className="display">{t("signIn.title")}</h1>
          <p className={styles.lead}>{t("signIn.lead")}</p>
          {told && (!ticket || !notice.isPending) && <Refusal {...told} />}
          {providers.isError && (
            <ErrorState trace={traceOf(providers.error)} onRetry={() => void providers.refetch()} />
          )}
          <div className={styles.providers}>
            {providers.data?.map((provider) => (
              <a
                key={provider.id}
                className={`${buttonClass("line", "lg")} ${styles.provider}`}
                href={loginUrl(provider.id, { returnTo, deviceName: deviceNameOf(navigator.userAgent) })}
              >
                {provider.id === "google" ? <GoogleMark /> : <Icon name="sign-in" />}
                {t("signIn.with", { provider: provider.name })}
              </a>
            ))}
          </div>
          <p className="hint">{t("signIn.note")}</p>
        </div>
        <LanguageChoice />
      </div>
    </main>
  );
}

function Refusal({ code, reason, until }: SignInRefusal) {
  const { t, i18n } = useTranslation();
  const [now] = useState(Date.now);
  let text: ReactNode;
  switch (code) {
    case "account_suspended":
    case "suspended":
      text = (
        <>
          <b>
            {until
              ? t("signIn.suspendedUntil", { date: dayAndClock(Date.parse(until), now, i18n.language) })
              : t("signIn.suspended")}
          </b>{" "}
          {reason}
        </>
      );
      break;
    case "account_banned":
    case "banned":
      text = (
        <>
          <b>{t("signIn.banned")}</b> {reason}
        </>
      );
      break;
    case "signed_out":
      text = t("signIn.signedOut");
      break;
    case "access_denied":
      text = t("signIn.denied");
      break;
    case "rate_limited":
      text = t("signIn.rateLimited");
      break;
    case "unavailable":
      text = t("failure.unavailableShort");
      break;
    default:
      text = t("signIn.failed", { code });
  }
  return (
    <div className={styles.refusal} role="alert">
      <Banner icon={code === "signed_out" ? "sign-out" : "prohibit"} tone="danger">
        {text}
      </Banner>
    </div>
  );
}

function LanguageChoice() {
  const { t } = useTranslation();
  const look = useLook();
  return (
    <div className={styles.foot}>
      <Icon name="globe" size="s" />
      <select
        aria-label={t("settings.look.language")}
        value={chosenLanguage(look)}
        onChange={(event) => changeLook({ language: event.currentTarget.value as LanguageId })}
      >
        {LANGUAGES.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
