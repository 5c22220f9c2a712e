import styles from "@/app/shell/Shell.module.css";
import { ConnectionBanner } from "@/features/messages/components/ConnectionBanner";
import { Skeletons } from "@/ui/feedback/states";

/** In the place of a section that is on its way; offline it says why it does not come. */
export function Pending() {
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        <ConnectionBanner />
        <Skeletons rows={6} />
      </main>
    </div>
  );
}
