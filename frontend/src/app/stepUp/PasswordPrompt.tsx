import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PasswordField } from "@/ui/field/PasswordField";
import { Icon } from "@/ui/icons/Icon";
import { useChat } from "../chat";
import { deviceNameOf, loginUrl, providersQuery } from "../signIn";
import { rememberIntent, type Intent } from "./intent";
import styles from "./PasswordPrompt.module.css";
import type { StepUp } from "./useStepUp";

interface PasswordPromptProps {
  stepUp: StepUp;
  /** What goes on after a new sign-in. */
  intent: Intent;
  label?: string;
  /** Has the first focus of its dialog. */
  focused?: boolean;
  /** Said where no password is asked for because of a new sign-in. */
  proven?: boolean;
}

/** The account password of a form, the way round it for who forgot it, and what the server said. */
export function PasswordPrompt({ stepUp, intent, label, focused, proven = false }: PasswordPromptProps) {
  const { t } = useTranslation();
  const { asked, error } = stepUp;
  return (
    <div className={styles.prompt}>
      {asked ? (
        <PasswordField
          label={label ?? t("stepUp.password")}
          value={stepUp.password}
          autoComplete="current-password"
          data-autofocus={focused || undefined}
          error={error}
          onChange={(event) => stepUp.setPassword(event.currentTarget.value)}
        />
      ) : (
        <>
          {proven && !error && <p className="hint">{t("stepUp.proven")}</p>}
          {error && (
            <p className={styles.error} role="alert">
              <Icon name="warning-circle" size="s" />
              {error}
            </p>
          )}
        </>
      )}
      {stepUp.signInHelps && <SignInAgain intent={intent} forgotten={asked} />}
    </div>
  );
}

function SignInAgain({ intent, forgotten }: { intent: Intent; forgotten: boolean }) {
  const { t } = useTranslation();
  const { href } = useLocation();
  const userId = useChat((s) => s.sync.userId);
  const providers = useQuery(providersQuery);
  return (
    <p className={styles.again}>
      {providers.data?.map(({ id, name }) => (
        <a
          key={id}
          href={loginUrl(id, { returnTo: href, deviceName: deviceNameOf(navigator.userAgent), again: true })}
          onClick={() => {
            if (userId !== undefined) rememberIntent(userId, intent, Date.now());
          }}
        >
          {t(forgotten ? "stepUp.forgotten" : "stepUp.again", { provider: name })}
        </a>
      ))}
    </p>
  );
}
