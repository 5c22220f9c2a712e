import type { ReactNode } from "react";
import { Avatar } from "../avatar/Avatar";
import styles from "./PersonLine.module.css";

interface PersonLineProps {
  id: string;
  name: ReactNode;
  /** The bare name, for the initials. */
  username: string;
  src?: string | null;
  online?: boolean;
  group?: boolean;
  size?: 36 | 40 | 48;
  below?: ReactNode;
  children?: ReactNode;
}

/** A person or group with a line below the name and controls at the end. The name is not cut: often nothing else tells it. */
export function PersonLine({ id, name, username, src, online, group, size = 36, below, children }: PersonLineProps) {
  return (
    <div className={styles.line} data-size={size}>
      <Avatar id={id} name={username} src={src} size={size} online={online} group={group} />
      <div className="grow">
        <div className={styles.name}>{name}</div>
        {below && <div className={styles.below}>{below}</div>}
      </div>
      {children}
    </div>
  );
}
