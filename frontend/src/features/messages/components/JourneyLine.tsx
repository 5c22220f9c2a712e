import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Conversation } from "@/api/types";
import { useChat } from "@/app/chat";
import { useSecond } from "@/app/now";
import { nameOf, pictureOf } from "@/chat/names";
import { clockWithSeconds, dayMonth, sameDay } from "@/i18n/format";
import { Avatar } from "@/ui/avatar/Avatar";
import { IconButton } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import type { JourneyPoint, Reader, Waiting } from "../journey";
import { reasonText } from "../refusals";
import styles from "./JourneyLine.module.css";

interface JourneyLineProps {
  conversation: Conversation;
  points: readonly JourneyPoint[];
}

/** Names are listed up to here; larger groups see the number. */
const MOST_NAMES = 20;

/** A message's way as a line from top to bottom, each point with its time. */
export function JourneyLine({ conversation, points }: JourneyLineProps) {
  const waits = points.some(({ what }) => what === "waits");
  const now = useSecond(waits);
  return (
    <ol className={styles.line}>
      {points.map((point, index) => (
        <li key={index} className={styles.point} data-look={lookOf(point)}>
          <span className={styles.dot} aria-hidden />
          <div className="grow" role={point.what === "waits" ? "status" : undefined}>
            <PointText point={point} conversation={conversation} now={now} />
          </div>
          {"at" in point && point.at !== undefined && <Time at={point.at} now={now} />}
        </li>
      ))}
    </ol>
  );
}

function lookOf(point: JourneyPoint): "done" | "waits" | "failed" | "ahead" {
  switch (point.what) {
    case "waits":
      return "waits";
    case "refused":
    case "expired":
      return "failed";
    case "elsewhere":
      return "ahead";
    case "read":
      return point.readers.length > 0 ? "done" : "ahead";
    default:
      return "done";
  }
}

function Time({ at, now }: { at: number; now: number }) {
  const { i18n } = useTranslation();
  const time = clockWithSeconds(at, i18n.language);
  return (
    <time className={styles.time} dateTime={new Date(at).toISOString()}>
      {!sameDay(at, now) && <span>{dayMonth(at, now, i18n.language)}</span>} {time}
    </time>
  );
}

interface PointTextProps {
  point: JourneyPoint;
  conversation: Conversation;
  now: number;
}

function PointText({ point, conversation, now }: PointTextProps) {
  const { t } = useTranslation();
  switch (point.what) {
    case "waits":
      return (
        <>
          <div className={styles.what}>{waitsFor(point.why, t)}</div>
          <WaitingText waiting={point.why} now={now} />
        </>
      );
    case "postponed":
      return (
        <>
          <div className={styles.what}>{t("journey.postponed")}</div>
          <p className={styles.detail}>
            {t(point.code === "rate_limited" ? "journey.postponedLimited" : "journey.postponedUnavailable")}
          </p>
        </>
      );
    case "refused":
      return <div className={styles.what}>{reasonText(point.code, point.content, t)}</div>;
    case "expired":
      return <div className={styles.what}>{t("failure.expired")}</div>;
    case "accepted":
      return (
        <>
          <div className={styles.what}>{t("journey.accepted")}</div>
          <p className={styles.detail}>{t("journey.number", { seq: point.seq })}</p>
          {point.traceId !== undefined && <Trace id={point.traceId} />}
        </>
      );
    case "read":
      return <Readers readers={point.readers} of={point.of} direct={conversation.kind === "direct"} now={now} />;
    default:
      return <div className={styles.what}>{t(`journey.${point.what}`)}</div>;
  }
}

/** Without a network or a connection it is said as below the message itself. */
function waitsFor({ why }: Waiting, t: TFunction): string {
  if (why === "offline") return t("receipt.offline");
  return t(why === "connecting" ? "receipt.reconnecting" : "journey.waits");
}

function WaitingText({ waiting, now }: { waiting: Waiting; now: number }) {
  const { t, i18n } = useTranslation();
  return <p className={styles.detail}>{waitingText(waiting, now, t, i18n.language)}</p>;
}

function waitingText(waiting: Waiting, now: number, t: TFunction, language: string): string {
  switch (waiting.why) {
    case "offline":
    case "connecting":
      return t(`journey.${waiting.why}`, { time: clockWithSeconds(waiting.since, language) });
    case "behind":
      return t("journey.behind", { count: waiting.count });
    case "limited":
    case "unavailable":
    case "sign_in":
      return t(`journey.${waiting.why}`, { count: Math.max(1, Math.ceil((waiting.until - now) / 1000)) });
    case "unanswered":
      return t("journey.unanswered", { count: Math.max(0, Math.floor((now - waiting.since) / 1000)) });
    default:
      return t(`journey.${waiting.why}`);
  }
}

function Trace({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <p className={styles.trace}>
      {t("error.trace")} <code className="ltr">{id.slice(0, 16)}</code>
      <IconButton
        icon="copy"
        size="sm"
        iconSize="s"
        label={t("error.copyTrace")}
        onClick={() => void navigator.clipboard.writeText(id).then(() => snack(t("common.copied")))}
      />
    </p>
  );
}

interface ReadersProps {
  readers: readonly Reader[];
  of: number;
  direct: boolean;
  now: number;
}

function Readers({ readers, of, direct, now }: ReadersProps) {
  const { t, i18n } = useTranslation();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const when = ({ at, exact }: Reader) => {
    if (at === undefined) return undefined;
    const clock = clockWithSeconds(at, i18n.language);
    const time = sameDay(at, now)
      ? clock
      : t("common.both", { first: dayMonth(at, now, i18n.language), second: clock });
    return exact ? time : t("journey.readBefore", { time });
  };
  const [only] = readers;
  if (direct) {
    return (
      <div className={styles.reader}>
        <span className={styles.what}>{t(only ? "receipt.read" : "journey.unread")}</span>
        {only && <span className={styles.time}>{when(only)}</span>}
      </div>
    );
  }
  return (
    <>
      <div className={styles.what}>
        {readers.length === 0 ? t("journey.unread") : t("journey.readBy", { count: readers.length, total: of })}
      </div>
      {readers.length <= MOST_NAMES && (
        <ul className={styles.readers}>
          {readers.map((reader) => {
            const name = nameOf(reader.id, people) ?? t("common.someone");
            return (
              <li key={reader.id} className={styles.reader}>
                <Avatar id={reader.id} name={name} src={pictureOf(reader.id, people)} size={28} />
                <bdi className={styles.name}>{name}</bdi>
                <span className={styles.time}>{when(reader)}</span>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
