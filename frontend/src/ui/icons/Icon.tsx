import sprite from "./sprite.svg?no-inline";
import type { IconName } from "./names";

export type { IconName };

const SIZES = { xs: 14, s: 16, m: 20, l: 24 } as const;

interface IconProps {
  name: IconName;
  /** 14, 16, 20 or 24 px; grows with the text size. */
  size?: keyof typeof SIZES;
  /** Mirrors in right-to-left layouts (arrows, Send; never ticks or clocks). */
  flip?: boolean;
  className?: string;
}

/** A decorative icon from the sprite; the control around it carries the name. */
export function Icon({ name, size = "m", flip = false, className }: IconProps) {
  const rem = `${SIZES[size] / 16}rem`;
  const classes = [className, flip ? "flip" : undefined].filter(Boolean).join(" ");
  return (
    <svg className={classes || undefined} width={rem} height={rem} fill="currentColor" aria-hidden>
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}
