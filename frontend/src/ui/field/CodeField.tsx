import { useLayoutEffect, useRef, type ReactNode } from "react";
import { TextField } from "./TextField";
import { parseCode, showCode } from "./code";
import styles from "./CodeField.module.css";

interface CodeFieldProps {
  label: string;
  /** The bare code, as {@link parseCode} gives it. */
  value: string;
  onChange: (code: string) => void;
  error?: string;
  hint?: ReactNode;
  autoFocus?: boolean;
}

/** Takes a friend or group code in any spelling and shows it in the usual one. */
export function CodeField({ label, value, onChange, error, hint, autoFocus }: CodeFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const caret = useRef<number>(null);

  // Setting the value moves the caret to the end, which would break typing in the middle.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });

  return (
    <TextField
      ref={input}
      label={label}
      className={styles.code}
      value={showCode(value)}
      error={error}
      hint={hint}
      data-autofocus={autoFocus || undefined}
      placeholder="XXXXX-XXXXX"
      autoComplete="off"
      autoCapitalize="characters"
      spellCheck={false}
      dir="ltr"
      onChange={(event) => {
        const { value: typed, selectionStart } = event.currentTarget;
        const before = parseCode(typed.slice(0, selectionStart ?? typed.length));
        const pasted = typed.includes("/");
        caret.current = pasted ? null : showCode(before).length;
        onChange(parseCode(typed));
      }}
    />
  );
}
