import { useEffect, useState } from "react";
import { dismissSnack, useSnackStore } from "./snack";
import styles from "./feedback.module.css";

const SHOWN_MS = 5000;

export function SnackHost() {
  const current = useSnackStore((s) => (s.held ? undefined : s.current));
  const [held, setHeld] = useState(false);

  useEffect(() => {
    if (!current || held) return;
    const timer = setTimeout(() => dismissSnack(current.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [current, held]);

  return (
    <div
      className={styles.snackPlace}
      role="status"
      data-notices
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {current && (
        <div key={current.id} className={styles.snack}>
          {current.text}
          {current.action && (
            <button
              type="button"
              onClick={() => {
                dismissSnack(current.id);
                current.action?.onSelect();
              }}
            >
              {current.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
