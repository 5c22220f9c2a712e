import { Outlet } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ClockWarning } from "../ClockWarning";
import { changeLook, LIST_WIDTH, useLook } from "../look";
import styles from "./Shell.module.css";

interface SectionLayoutProps {
  label: string;
  list: ReactNode;
  /** What a phone shows of the two. */
  view: "list" | "page";
}

/** A list and the page beside it; on a phone one of them. */
export function SectionLayout({ label, list, view }: SectionLayoutProps) {
  return (
    <div className={styles.section} data-view={view}>
      <section className={styles.list} aria-label={label} data-pane>
        {list}
        <ClockWarning />
        <Resizer />
      </section>
      <Outlet />
    </div>
  );
}

const STEP = 16;

function Resizer() {
  const { t } = useTranslation();
  const width = useLook((s) => s.listWidth);

  const change = (next: number) =>
    changeLook({ listWidth: Math.round(Math.min(LIST_WIDTH.most, Math.max(LIST_WIDTH.least, next))) });

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    if (event.button !== 0) return;
    const handle = event.currentTarget;
    const sign = getComputedStyle(handle).direction === "rtl" ? -1 : 1;
    const from = event.clientX;
    handle.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => change(width + sign * (moved.clientX - from));
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), {
      once: true,
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    change(width + step);
  }

  return (
    // A separator that can be moved is a widget (WAI-ARIA 1.2); the rule knows only the static kind.
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions
    <div
      className={styles.resizer}
      role="separator"
      aria-orientation="vertical"
      aria-label={t("nav.resize")}
      aria-valuenow={width}
      aria-valuemin={LIST_WIDTH.least}
      aria-valuemax={LIST_WIDTH.most}
      // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
      tabIndex={0}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      onDoubleClick={() => change(LIST_WIDTH.usual)}
    />
  );
}
