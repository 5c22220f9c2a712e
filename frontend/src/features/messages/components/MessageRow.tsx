import type { TFunction } from "i18next";
import { memo, Suspense, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode } from "react";
import { lazily } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { Content, Entry } from "@/api/types";
import { frameOf } from "@/chat/media/frame";
import { shortName } from "@/chat/names";
import { previewOf } from "@/chat/preview";
import type { Outgoing } from "@/realtime/state";
import { clock, clockElsewhere, offsetOf } from "@/i18n/format";
import { Avatar } from "@/ui/avatar/Avatar";
import { hueOf } from "@/ui/avatar/identity";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import { isBigEmoji, linked } from "../text";
import type { EntryRow, Receipt } from "../rows";
import { useSwipe } from "../useSwipe";
import type { MediaBodyProps } from "./media/MediaBody";
import styles from "./MessageRow.module.css";

const MediaBody = lazily(() => import("./media/MediaBody"));

export interface MessageHandlers {
  onReply: (seq: number) => void;
  onMenu: (entry: Entry, opener: HTMLElement, at?: { x: number; y: number }) => void;
  onJump: (seq: number) => void;
}

interface MessageRowProps extends MessageHandlers {
  entry: Entry;
  own: boolean;
  first: boolean;
  /** Its time is told below its group. */
  timed: boolean;
  direct: boolean;
  senderName: string;
  senderPicture: string | undefined;
  unsending: boolean;
  blocked: boolean;
  quote: EntryRow["quote"];
  quoteSeq: number | undefined;
  quoteName: string;
  quoteBlocked: boolean | undefined;
  receiptState: Receipt["state"] | undefined;
  receiptAt: number | undefined;
  readers: number;
  canReply: boolean;
  /** The one message that Tab reaches. */
  tabStop: boolean;
  flash: boolean;
  /** It is the open hit of a search, which stays framed, and these words of it match. */
  words: string[] | undefined;
}

/** One message. Plain elements only: hundreds of them are on the page. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { entry, own, first, direct, senderName, blocked } = props;
  const { t, i18n } = useTranslation();
  const [unfolded, setUnfolded] = useState(false);
  const time = clock(Date.parse(entry.server_time), i18n.language);
  const folded = blocked && !unfolded && !entry.unsent;
  const gone = entry.unsent || !entry.content;
  const elsewhere = own || gone || folded ? undefined : clockOfSender(entry, i18n.language);
  const theirTime = elsewhere && t("message.theirTime", { time: elsewhere, name: shortName(senderName) });
  const content = gone ? undefined : entry.content;
  const swipe = useSwipe(props.canReply && !gone && !folded ? () => props.onReply(entry.seq) : undefined);

  const spoken = folded
    ? t("message.blocked")
    : content
      ? content.type === "text"
        ? content.text
        : previewOf(content, t).text
      : t("message.unsent");
  const label = [
    own ? t("common.you") : senderName,
    time,
    theirTime,
    spoken,
    props.receiptState && receiptText(props.receiptState, props.readers, direct, t),
  ]
    .filter(Boolean)
    .join(", ");

  return (
    <div
      className={styles.group}
      data-direct={direct || undefined}
      data-first={first || undefined}
      data-own={own || undefined}
      data-swiping={swipe.swiping}
      data-swipes={swipe.handlers && true}
      {...swipe.handlers}
    >
      {swipe.begun && (
        <span className={styles.swipe}>
          <Icon name="arrow-bend-up-left" flip />
        </span>
      )}
      {!own && !direct && first && (
        <span className={styles.avatar}>
          <Avatar id={entry.sender_id} name={senderName} src={props.senderPicture} size={36} />
        </span>
      )}
      <div className={styles.column}>
        {first && !props.timed && (
          <div className={styles.by} data-own={own || undefined} aria-hidden>
            {!own && !direct && (
              <b className="trunc" style={{ color: `var(--k-nm${hueOf(entry.sender_id)})` }}>
                <bdi>{senderName}</bdi>
              </b>
            )}
            <time className={styles.time} dateTime={entry.server_time}>
              {time}
            </time>
            {theirTime && <span className={`${styles.theirs} trunc`}>{theirTime}</span>}
          </div>
        )}
        {/* An article takes the focus so that its keys can act on it; the log handles them. */}
        <article
          className={styles.line}
          aria-label={label}
          // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
          tabIndex={props.tabStop ? 0 : -1}
          data-seq={entry.seq}
          data-held
          onContextMenu={(event) => {
            // Links keep the browser's own menu.
            if ((event.target as HTMLElement).closest("a")) return;
            event.preventDefault();
            const at = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : undefined;
            props.onMenu(entry, event.currentTarget, at);
          }}
        >
          {folded ? (
            <div className={`${styles.bubble} ${styles.folded}`}>
              <Icon name="eye-slash" />
              {t("message.blocked")}
              <button type="button" tabIndex={-1} onClick={() => setUnfolded(true)}>
                {t("message.show")}
              </button>
            </div>
          ) : content ? (
            <Bubble
              content={content}
              className={bubbleClass(content, props)}
              place={{ conversationId: entry.conversation_id, seq: entry.seq }}
              words={props.words}
              senderName={own ? undefined : senderName}
            >
              {props.quoteSeq !== undefined && (
                <Quote
                  seq={props.quoteSeq}
                  entry={props.quote}
                  name={props.quoteName}
                  blocked={props.quoteBlocked}
                  onJump={props.onJump}
                />
              )}
            </Bubble>
          ) : (
            <div className={`${styles.bubble} ${styles.gone} ${props.flash ? styles.flash : ""}`}>
              {t("message.unsent")}
            </div>
          )}
          {!gone && !folded && (
            <span className={styles.actions}>
              {props.canReply && (
                <IconButton
                  icon="arrow-bend-up-left"
                  iconSize="s"
                  flip
                  label={t("message.replyTo", { name: own ? t("common.you") : senderName })}
                  tabIndex={-1}
                  onClick={() => props.onReply(entry.seq)}
                />
              )}
              <IconButton
                icon="dots-three"
                iconSize="s"
                label={t("message.more")}
                tabIndex={-1}
                onClick={(event) => props.onMenu(entry, event.currentTarget)}
              />
              {/* Its room stays where it is told above: the text must not wrap anew when earlier messages come. */}
              <span className={styles.time} data-told={(!own && first) || undefined}>
                {theirTime ? t("common.both", { first: time, second: theirTime }) : time}
              </span>
            </span>
          )}
        </article>
        {props.unsending ? (
          <span className={styles.receipt}>
            <Icon name="clock" size="s" />
            {t("message.unsending")}
          </span>
        ) : (
          props.receiptState && (
            <span className={styles.receipt} data-state={props.receiptState} aria-hidden>
              <Icon name={props.receiptState === "read" ? "checks" : "check"} size="s" />
              {t("receipt.line", {
                time: clock(props.receiptAt ?? 0, i18n.language),
                state: receiptText(props.receiptState, props.readers, direct, t),
              })}
            </span>
          )
        )}
      </div>
    </div>
  );
});

/** What the sender's own clock showed, where it is another one; the zone is the sender's word, the moment the server's. */
function clockOfSender({ client_time, server_time }: Entry, language: string): string | undefined {
  const offset = client_time ? offsetOf(client_time) : undefined;
  return offset === undefined ? undefined : clockElsewhere(Date.parse(server_time), offset, language);
}

type Translate = TFunction;

function receiptText(state: Receipt["state"], readers: number, direct: boolean, t: Translate): string {
  if (state === "sent") return t("receipt.sent");
  return direct ? t("receipt.read") : t("receipt.readBy", { count: readers });
}

function bubbleClass(content: Content, row: Pick<MessageRowProps, "flash" | "quoteSeq" | "words">): string {
  const big = content.type === "text" && row.quoteSeq === undefined && isBigEmoji(content.text);
  return [big && styles.big, row.flash && styles.flash, row.words && styles.hit].filter(Boolean).join(" ");
}

interface BubbleProps extends Pick<MediaBodyProps, "place" | "file" | "upload"> {
  content: Content | Outgoing;
  /** Undefined for one's own. */
  senderName?: string;
  className?: string;
  /** Marked wherever they stand in the text. */
  words?: string[];
  children?: ReactNode;
}

/** The body of a message in its frame. */
export function Bubble({ content, senderName, className, words, children, ...media }: BubbleProps) {
  const { t } = useTranslation();
  const frame = (...names: (string | false | undefined)[]) => [styles.bubble, ...names].filter(Boolean).join(" ");
  switch (content.type) {
    case "text":
      return (
        <div className={frame(className)}>
          {children}
          <LongText text={content.text} words={words} />
        </div>
      );
    case "image":
    case "video":
    case "audio":
    case "file": {
      const seen = content.type === "image" || content.type === "video";
      return (
        <div className={frame(className, seen && styles.media)}>
          {children}
          <Suspense fallback={<span className={styles.room} style={seen ? roomOf(content.media) : undefined} />}>
            <MediaBody content={content} name={mediaName(content, senderName, t)} {...media} />
          </Suspense>
          {content.caption && (
            <div className={styles.caption}>
              <LongText text={content.caption} words={words} />
            </div>
          )}
        </div>
      );
    }
    default: {
      const { icon, text } = previewOf(content, t);
      return (
        <div className={frame(className)}>
          {children}
          <span className={styles.unknown}>
            {icon && <Icon name={icon} />}
            {text}
          </span>
        </div>
      );
    }
  }
}

/** As large as what comes, so that nothing moves then. */
function roomOf(media: MediaBodyProps["content"]["media"]): CSSProperties {
  const { width, height } = frameOf(media);
  return { inlineSize: width, blockSize: "auto", aspectRatio: `${width} / ${height}` };
}

/** What a picture is called for those who do not see it. */
function mediaName(content: MediaBodyProps["content"], sender: string | undefined, t: Translate): string {
  if (content.caption) return content.caption;
  if (content.type !== "image" && content.type !== "video") return content.media.name;
  const photo = content.type === "image";
  if (sender === undefined) return t(photo ? "media.photoOwn" : "media.videoOwn");
  return t(photo ? "media.photoFrom" : "media.videoFrom", { name: sender });
}

/** Texts shorter than this never reach 20 lines, whatever the width, unless they break lines themselves. */
const MAY_BE_LONG = 400;

function LongText({ text, words }: { text: string; words: string[] | undefined }) {
  const { t } = useTranslation();
  const candidate = text.length > MAY_BE_LONG || text.split("\n", 21).length > 20;
  const [unfolded, setOpen] = useState(false);
  // What was sought may stand anywhere in it.
  const open = unfolded || words !== undefined;
  const clamped = candidate && !open;
  const body = useRef<HTMLDivElement>(null);
  const more = useRef<HTMLButtonElement>(null);

  // On the element itself: the list measures a row as soon as it is drawn, before anything could be drawn anew.
  useLayoutEffect(() => {
    if (body.current && more.current) more.current.hidden = body.current.scrollHeight <= body.current.clientHeight + 1;
  }, [clamped, text]);

  return (
    <>
      <div className={styles.text} ref={body} data-clamped={clamped || undefined}>
        {linked(text, words)}
      </div>
      {clamped && (
        <button type="button" className={styles.more} ref={more} tabIndex={-1} onClick={() => setOpen(true)}>
          {t("message.showMore")}
        </button>
      )}
    </>
  );
}

interface QuoteProps {
  seq: number;
  /** Null when the target cannot be seen. */
  entry: Entry | null | undefined;
  name: string;
  /** Its words stay folded. */
  blocked: boolean | undefined;
  onJump: (seq: number) => void;
}

export function Quote({ seq, entry, name, blocked, onJump }: QuoteProps) {
  const { t } = useTranslation();
  if (!entry) {
    return (
      <span className={styles.quote}>
        <span>
          <em>{t("message.notAvailable")}</em>
        </span>
      </span>
    );
  }
  const preview = entry.unsent || !entry.content ? undefined : previewOf(entry.content, t);
  return (
    <button
      type="button"
      className={styles.quote}
      style={{ "--quote": `var(--k-nm${hueOf(entry.sender_id)})` } as CSSProperties}
      tabIndex={-1}
      onClick={() => onJump(seq)}
    >
      <b className="trunc">
        <bdi>{name}</bdi>
      </b>
      <span>
        {blocked && preview ? (
          <em>{t("message.blocked")}</em>
        ) : preview ? (
          <>
            {preview.icon && <Icon name={preview.icon} size="s" className={styles.sort} />}
            {preview.text}
          </>
        ) : (
          <em>{t("message.unsent")}</em>
        )}
      </span>
    </button>
  );
}
