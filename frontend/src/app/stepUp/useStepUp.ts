import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useChat } from "../chat";
import { useFailureText } from "../failure";

export interface StepUp {
  /** Whether the account password has to be typed. */
  asked: boolean;
  /** Whether signing in again would help: the password is asked for, or the last sign-in is too long ago. */
  signInHelps: boolean;
  password: string;
  setPassword(password: string): void;
  error: string | undefined;
  busy: boolean;
  /** Resolves to whether the act was done; when not, `error` says why and everything typed stays. */
  submit(): Promise<boolean>;
}

interface StepUpOptions {
  /** The act itself, with the account password where one is set. */
  act: (password: string | undefined) => Promise<void>;
  /** Somebody has signed in again for this a moment ago, which stands in for the password. */
  proven?: boolean;
}

const MINUTE_MS = 60_000;

/** An act that the account password protects. Whether it is let through is the server's to say. */
export function useStepUp({ act, proven = false }: StepUpOptions): StepUp {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const set = useChat((s) => s.me?.password_set ?? false);
  const [required, setRequired] = useState(false);
  const [stale, setStale] = useState(false);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const asked = required || (set && !proven);

  function refused(cause: unknown): string {
    const code = cause instanceof ApiError ? cause.code : undefined;
    // It was set on another device meanwhile, or the sign-in that stood in for it has become too old.
    if (code === "password_required") setRequired(true);
    if (code === "reauthentication_required") setStale(true);
    if (code === "password_required") return t("stepUp.missing");
    if (code === "password_wrong") return t("stepUp.wrong");
    if (code === "reauthentication_required") return t("stepUp.signInAgain");
    if (code === "rate_limited" && cause instanceof ApiError) {
      return t("stepUp.tooMany", { count: Math.max(1, Math.ceil((cause.retryAfterMs ?? MINUTE_MS) / MINUTE_MS)) });
    }
    return failureText(cause);
  }

  return {
    asked,
    signInHelps: asked || stale,
    password,
    setPassword(next) {
      setPassword(next);
      setError(undefined);
    },
    error,
    busy,
    async submit() {
      if (asked && password === "") {
        setError(t("stepUp.missing"));
        return false;
      }
      setBusy(true);
      setError(undefined);
      try {
        await act(asked ? password : undefined);
        return true;
      } catch (cause) {
        setError(refused(cause));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
