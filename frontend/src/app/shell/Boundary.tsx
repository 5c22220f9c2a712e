import { Component, type ErrorInfo, type ReactNode } from "react";
import { ErrorState } from "@/ui/feedback/states";
import styles from "./Shell.module.css";

interface BoundaryState {
  failed: boolean;
}

/** What is left when drawing itself fails: a page that says so and can be loaded anew. */
export class Boundary extends Component<{ children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { failed: false };

  static getDerivedStateFromError(): BoundaryState {
    return { failed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    // The one place where nobody else would ever hear of it.
    // eslint-disable-next-line no-console
    console.error(error, info.componentStack);
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className={styles.splash}>
        <ErrorState onRetry={() => location.reload()} />
      </main>
    );
  }
}
