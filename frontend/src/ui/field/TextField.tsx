import { useId, type ComponentProps, type ReactNode } from "react";
import { Icon } from "../icons/Icon";
import styles from "./Field.module.css";

interface Common {
  label: string;
  /** Keeps the label for assistive technology only. */
  hideLabel?: boolean;
  hint?: ReactNode;
  error?: string;
}

interface TextFieldProps extends Common, Omit<ComponentProps<"input">, "size"> {
  start?: ReactNode;
  end?: ReactNode;
  look?: "soft" | "strong";
}

/** One line of text with its label, hint and error, tied together for assistive technology. */
export function TextField({
  label,
  hideLabel,
  hint,
  error,
  start,
  end,
  look = "strong",
  className,
  ...rest
}: TextFieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label className={hideLabel ? "sr" : styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.field} data-look={look} data-error={error ? true : undefined}>
        {start}
        <input
          id={id}
          className={styles.input}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : hint ? `${id}-hint` : undefined}
          {...rest}
        />
        {end}
      </div>
      <Below id={id} hint={hint} error={error} />
    </div>
  );
}

interface TextAreaProps extends Common, ComponentProps<"textarea"> {}

export function TextArea({ label, hideLabel, hint, error, className, ...rest }: TextAreaProps) {
  const id = useId();
  return (
    <div className={className}>
      <label className={hideLabel ? "sr" : styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.field} data-look="strong" data-error={error ? true : undefined}>
        <textarea
          id={id}
          className={styles.area}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : hint ? `${id}-hint` : undefined}
          {...rest}
        />
      </div>
      <Below id={id} hint={hint} error={error} />
    </div>
  );
}

interface SelectFieldProps extends Common, ComponentProps<"select"> {
  options: readonly { value: string; label: string }[];
}

export function SelectField({ label, hideLabel, hint, error, options, className, ...rest }: SelectFieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label className={hideLabel ? "sr" : styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.field} data-look="strong">
        <select id={id} className={styles.select} aria-describedby={hint ? `${id}-hint` : undefined} {...rest}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="caret-down" size="s" className={styles.caret} />
      </div>
      <Below id={id} hint={hint} error={error} />
    </div>
  );
}

function Below({ id, hint, error }: { id: string; hint?: ReactNode; error?: string }) {
  if (error) {
    return (
      <p id={`${id}-error`} className={styles.error} role="alert">
        <Icon name="warning-circle" size="s" />
        {error}
      </p>
    );
  }
  if (!hint) return null;
  return (
    <p id={`${id}-hint`} className={styles.hint}>
      {hint}
    </p>
  );
}
