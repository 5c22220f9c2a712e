import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { duration } from "@/i18n/format";
import { IconButton } from "@/ui/button/Button";
import { Banner } from "@/ui/feedback/states";
import { useChat } from "./chat";

/** A clock may be off by this much, in ms, before it is worth a word. */
const TOLERANCE_MS = 2 * 60_000;

/** The offset of which somebody has taken note; another one is told anew. */
const useNoted = create<{ offsetMs: number }>(() => ({ offsetMs: 0 }));

/** Whether to speak of a clock that is off by `offsetMs`. */
export function isWorthAWord(offsetMs: number, notedMs: number): boolean {
  return Math.abs(offsetMs) > TOLERANCE_MS && Math.abs(offsetMs - notedMs) > TOLERANCE_MS;
}

/** Says that this machine's clock is wrong, what that does and what to do. */
export function ClockWarning() {
  const { t, i18n } = useTranslation();
  const offsetMs = useChat((s) => s.clockOffsetMs);
  const notedMs = useNoted((s) => s.offsetMs);
  if (!isWorthAWord(offsetMs, notedMs)) return null;
  const by = duration(offsetMs, i18n.language);
  return (
    <div role="status">
      <Banner
        icon="clock"
        tone="quiet"
        action={
          <IconButton
            icon="x"
            size="sm"
            iconSize="s"
            label={t("clock.dismiss")}
            onClick={() => useNoted.setState({ offsetMs })}
          />
        }
      >
        <b>{offsetMs > 0 ? t("clock.slow", { by }) : t("clock.fast", { by })}</b> {t("clock.text")}
      </Banner>
    </div>
  );
}
