import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChat } from "@/app/chat";
import type { ConnectionState } from "@/realtime/state";

/** Short interruptions are not worth a word. */
const RECONNECTING_AFTER_MS = 2_000;
const UP_TO_DATE_FOR_MS = 1_500;

export type ConnectionNotice = "offline" | "reconnecting" | "upToDate";

/** What to say about the connection, and in how many ms to look again. */
export function connectionNotice(
  connection: Pick<ConnectionState, "phase" | "since" | "upToDateAt">,
  spoken: boolean,
  now: number,
): { notice?: ConnectionNotice; again?: number } {
  const { phase, since, upToDateAt } = connection;
  if (phase === "offline") return { notice: "offline" };
  if (phase === "connecting" || phase === "resuming") {
    const left = since + RECONNECTING_AFTER_MS - now;
    return left > 0 ? { again: left } : { notice: "reconnecting" };
  }
  // Good news only after bad news.
  if (phase === "live" && spoken && upToDateAt !== undefined) {
    const left = upToDateAt + UP_TO_DATE_FOR_MS - now;
    if (left > 0) return { notice: "upToDate", again: left };
  }
  return {};
}

/** What a message that was not sent yet waits for, when that is neither the server nor its turn. */
export function useNetworkWait(): string | undefined {
  const { t } = useTranslation();
  const notice = useConnectionNotice();
  return notice === "offline" || notice === "reconnecting" ? t(`receipt.${notice}`) : undefined;
}

/** What there is to say about the connection now. */
export function useConnectionNotice(): ConnectionNotice | undefined {
  const connection = useChat((s) => s.connection);
  const [now, setNow] = useState(Date.now);
  const [spoken, setSpoken] = useState(false);
  const { notice, again } = connectionNotice(connection, spoken, Math.max(now, connection.since));

  const bad = notice === "offline" || notice === "reconnecting";
  if (bad && !spoken) setSpoken(true);
  if (spoken && !notice && connection.phase === "live") setSpoken(false);

  useEffect(() => {
    if (again === undefined) return;
    const timer = setTimeout(() => setNow(Date.now()), again);
    return () => clearTimeout(timer);
  }, [again, connection]);

  return notice;
}
