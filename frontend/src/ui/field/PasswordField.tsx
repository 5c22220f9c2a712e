import { useState, type ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../button/Button";
import { TextField } from "./TextField";

/** A password: hidden until its owner wants to see it, kept apart from spelling checkers and corrections. */
export function PasswordField(props: Omit<ComponentProps<typeof TextField>, "type" | "end">) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      type={shown ? "text" : "password"}
      dir="ltr"
      spellCheck={false}
      autoCapitalize="none"
      autoCorrect="off"
      end={
        <IconButton
          icon={shown ? "eye-slash" : "eye"}
          size="sm"
          label={t("common.showPassword")}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}
