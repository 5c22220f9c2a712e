import { useState, type CSSProperties } from "react";
import { hueOf, initialsOf } from "./identity";
import styles from "./Avatar.module.css";

interface AvatarProps {
  id: string;
  name: string;
  /** The owner's picture; initials stand in for one that is absent or does not load. */
  src?: string | null;
  /** Edge in px at 16 px text. */
  size?: 20 | 24 | 28 | 32 | 36 | 40 | 48 | 56 | 72 | 88;
  /** A rounded square instead of a circle. */
  group?: boolean;
  /** The green dot; only friends have one, and nobody has a dot for being away. */
  online?: boolean;
}

/** A picture, or initials on the owner's colour. Hidden from assistive technology: a name is always beside it. */
export function Avatar({ id, name, src, size = 40, group = false, online = false }: AvatarProps) {
  const [broken, setBroken] = useState<string>();
  const hue = hueOf(id);
  const { text, shape } = initialsOf(name, size <= 24);
  const style = {
    "--s": `${size / 16}rem`,
    backgroundColor: `var(--k-av${hue})`,
    color: `var(--k-av${hue}-ink)`,
  } as CSSProperties;
  return (
    <span className={styles.avatar} style={style} data-shape={shape} data-group={group || undefined} aria-hidden>
      {text}
      {src && src !== broken && (
        <img src={src} alt="" decoding="async" draggable={false} onError={() => setBroken(src)} />
      )}
      {online && <span className={styles.dot} />}
    </span>
  );
}
