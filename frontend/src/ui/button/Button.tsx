import type { ComponentProps } from "react";
import { Icon, type IconName } from "../icons/Icon";
import styles from "./Button.module.css";

export type ButtonVariant = "plain" | "primary" | "danger" | "dangerQuiet" | "line" | "ghost";
export type ButtonSize = "sm" | "md" | "lg";

/** The class names of a button, for links that look like one. */
export function buttonClass(variant: ButtonVariant = "plain", size: ButtonSize = "md"): string {
  return [styles.button, styles[variant], styles[size]].join(" ");
}

interface ButtonProps extends ComponentProps<"button"> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: IconName;
  /** The act is under way: the button stays focusable but does nothing. */
  busy?: boolean;
}

export function Button({ variant, size, icon, busy = false, children, onClick, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={[buttonClass(variant, size), className].filter(Boolean).join(" ")}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {icon && <Icon name={icon} size="s" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<"button"> {
  icon: IconName;
  /** Its accessible name, with the object: "Approve Óscar Ibáñez". */
  label: string;
  size?: "sm" | "md";
  iconSize?: "s" | "m" | "l";
  look?: "plain" | "yes" | "no";
  flip?: boolean;
  /** As a button's. */
  busy?: boolean;
}

export function IconButton({
  icon,
  label,
  size = "md",
  iconSize = "m",
  look = "plain",
  flip = false,
  busy = false,
  onClick,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      className={[styles.iconButton, styles[`i-${size}`], styles[look], className].filter(Boolean).join(" ")}
      aria-label={label}
      title={label}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : onClick}
      {...rest}
    >
      <Icon name={icon} size={iconSize} flip={flip} />
    </button>
  );
}
