import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type Ref,
} from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso, type VirtuosoHandle, type VirtuosoProps } from "react-virtuoso";
import { useShallow } from "zustand/react/shallow";
import type { Conversation, Entry } from "@/api/types";
import { useChat, useChatClient } from "@/app/chat";
import { useNow } from "@/app/now";
import { nameOf, pictureOf, type People } from "@/chat/names";
import { noticeParts } from "@/chat/notice";
import { dayLabel } from "@/i18n/format";
import { covers } from "@/realtime/reducer/timeline";
import type { PendingMessage, Timeline } from "@/realtime/state";
import { Badge, ErrorState, Skeletons } from "@/ui/feedback/states";
import { Icon } from "@/ui/icons/Icon";
import { buildRows, type LogRow } from "../rows";
import { sliceAt } from "../slice";
import { rowOf, useListKey, usePlace, useScrollTo } from "../usePlace";
import { useMessageFocus } from "../useMessageFocus";
import { useViewed } from "../useViewed";
import { useVirtualRows } from "../useVirtualRows";
import { MessageRow, type MessageHandlers } from "./MessageRow";
import { PendingMessageRow, type PendingHandlers } from "./PendingMessageRow";
import styles from "./MessageLog.module.css";
import rowStyles from "./MessageRow.module.css";

export interface MessageLogHandle {
  focusLast: () => void;
  jumpTo: (seq: number) => void;
}

interface MessageLogProps {
  conversation: Conversation;
  timeline: Timeline;
  /** `seq` of a message to show. */
  at: number | undefined;
  /** It is a hit of a search, which stays framed, and this is marked in it. */
  words: string[] | undefined;
  reads: Record<string, number>;
  onReply: (seq: number) => void;
  onMenu: MessageHandlers["onMenu"];
  onPendingMenu: PendingHandlers["onPendingMenu"];
  onMessageKey: (key: string, entry: Entry, element: HTMLElement) => boolean;
  onLeaveDown: () => void;
  onTakenBack: (pending: PendingMessage) => void;
  ref: Ref<MessageLogHandle>;
}

const NOTHING: never[] = [];

export function MessageLog({ conversation, timeline: whole, reads, at, words, ref, ...handlers }: MessageLogProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const { id } = conversation;
  const me = useChat((s) => s.me?.id ?? "");
  const pending = useChat((s) => s.outbox[id]) ?? NOTHING;
  const blocked = useChat((s) => s.sync.blocked);
  const unsending = useChat((s) => s.unsending);
  const clockOffsetMs = useChat((s) => s.clockOffsetMs);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));

  const { anchor, target, jumpTo, toNewest, arrived } = usePlace(id, at);
  const timeline = useMemo(() => sliceAt(whole, anchor), [whole, anchor]);
  const rows = useMemo(
    () => buildRows({ conversation, timeline, pending, me, blocked, unsending, reads, clockOffsetMs }),
    [conversation, timeline, pending, me, blocked, unsending, reads, clockOffsetMs],
  );
  const { firstItemIndex, generation } = useVirtualRows(rows);
  const list = useRef<VirtuosoHandle>(null);
  const [atBottom, setAtBottom] = useState(true);
  const loaded = target !== undefined && covers(whole.ranges, target, target);
  const listKey = useListKey(generation, target, rowOf(rows, target) >= 0);
  const flash = useScrollTo({ rows, listKey, target, loaded, list, onArrived: arrived });
  const focus = useMessageFocus(rows, list);
  const viewed = useViewed((seq) => actions.markViewed(id, seq), conversation.read_seq);

  useImperativeHandle(ref, () => ({ focusLast: focus.focusLast, jumpTo }), [focus.focusLast, jumpTo]);

  // One's own message is always shown, wherever the log was.
  const lastOwn = pending.at(-1)?.clientMsgId;
  const shownOwn = useRef(lastOwn);
  useEffect(() => {
    if (!lastOwn || shownOwn.current === lastOwn) return;
    shownOwn.current = lastOwn;
    toNewest();
    list.current?.scrollToIndex({ index: "LAST", align: "end" });
  }, [lastOwn, toNewest]);

  const { onReply, onMenu, onPendingMenu, onMessageKey, onLeaveDown, onTakenBack } = handlers;
  const canReply = conversation.can_send;
  const renderRow = useCallback(
    (_index: number, row: LogRow) => (
      <Row
        row={row}
        conversation={conversation}
        people={people}
        flash={row.type === "message" && row.entry.seq === flash}
        words={row.type === "message" && row.entry.seq === at ? words : undefined}
        tabStop={row.type === "message" && row.entry.seq === focus.tabStop}
        canReply={canReply}
        onReply={onReply}
        onMenu={onMenu}
        onPendingMenu={onPendingMenu}
        onJump={jumpTo}
        onTakenBack={onTakenBack}
      />
    ),
    [
      conversation,
      people,
      flash,
      at,
      words,
      focus.tabStop,
      canReply,
      onReply,
      onMenu,
      onPendingMenu,
      jumpTo,
      onTakenBack,
    ],
  );

  if (rows.length === 0) {
    if (timeline.error) {
      return (
        <div className={styles.place}>
          <ErrorState trace={timeline.error.trace_id ?? undefined} onRetry={() => void actions.openConversation(id)} />
        </div>
      );
    }
    if (timeline.loading !== "none" || timeline.hasOlder) {
      return (
        <div className={styles.place}>
          <Skeletons rows={6} />
        </div>
      );
    }
    return (
      <div className={styles.place}>
        <p className={styles.start}>{t("log.empty")}</p>
      </div>
    );
  }

  const unreadRow = rows.findIndex((row) => row.type === "unread");
  const targetRow = rowOf(rows, target);
  const start = targetRow >= 0 ? targetRow : unreadRow;

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const article = (event.target as HTMLElement).closest<HTMLElement>("article[data-seq]");
    if (!article || event.target !== article) return;
    const seq = Number(article.dataset.seq);
    const moved = focus.move(event.key, seq);
    if (moved === "below") onLeaveDown();
    const row = rows.find((each) => each.type === "message" && each.entry.seq === seq);
    const acted = !moved && row?.type === "message" && onMessageKey(event.key, row.entry, article);
    if (moved || acted) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  return (
    <div className={styles.place}>
      {/* The log itself takes no focus; its messages do, and their keys are handled here. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions */}
      <div
        className={styles.log}
        role="log"
        aria-live="off"
        aria-label={t("log.name")}
        ref={viewed}
        onKeyDown={onKeyDown}
      >
        <PlacedList
          key={listKey}
          ref={list}
          className={styles.list}
          data={rows}
          firstItemIndex={firstItemIndex}
          place={start > 0 ? { index: start, align: "center" } : { index: rows.length - 1, align: "end" }}
          computeItemKey={(_index, row) => row.key}
          itemContent={renderRow}
          alignToBottom
          increaseViewportBy={{ top: 600, bottom: 300 }}
          atBottomThreshold={80}
          atBottomStateChange={setAtBottom}
          followOutput={(isAtBottom) => (isAtBottom && !timeline.hasNewer ? "auto" : false)}
          startReached={() => {
            if (timeline.hasOlder && !boundedBy(rows[0])) actions.loadOlder(id);
          }}
          endReached={() => {
            if (timeline.hasNewer && !boundedBy(rows.at(-1))) actions.loadNewer(id);
          }}
          components={{ Footer: LogFooter }}
        />
      </div>
      {(!atBottom || timeline.hasNewer) && (
        <button
          type="button"
          className={styles.jump}
          onClick={() => {
            if (whole.hasNewer) actions.jumpToNewest(id);
            toNewest();
            list.current?.scrollToIndex({ index: "LAST", align: "end", behavior: "smooth" });
          }}
        >
          <Icon name="arrow-down" size="s" />
          {t(timeline.hasNewer ? "log.backToNewest" : "log.toNewest")}
          <Badge count={conversation.unread} />
        </button>
      )}
    </div>
  );
}

type Place = { index: number; align: "center" | "end" };

/** A list that begins at a place, and does not begin anew when the place to begin at would be another one by now. */
function PlacedList({ place, ...list }: VirtuosoProps<LogRow, unknown> & { place: Place; ref: Ref<VirtuosoHandle> }) {
  const [start] = useState(place);
  return <Virtuoso initialTopMostItemIndex={start} {...list} />;
}

/** A gap at an end of the log fills itself. */
function boundedBy(row: LogRow | undefined): boolean {
  return row?.type === "gap";
}

/** Room below the last message. */
function LogFooter() {
  return <div className={styles.footer} />;
}

interface RowProps extends MessageHandlers, PendingHandlers {
  row: LogRow;
  conversation: Conversation;
  people: People;
  flash: boolean;
  words: string[] | undefined;
  tabStop: boolean;
  canReply: boolean;
  onTakenBack: (pending: PendingMessage) => void;
}

function Row({
  row,
  conversation,
  people,
  flash,
  words,
  tabStop,
  canReply,
  onTakenBack,
  onPendingMenu,
  ...handlers
}: RowProps) {
  const { t } = useTranslation();
  const someone = (id: string | undefined) => (id && nameOf(id, people)) ?? t("common.someone");
  switch (row.type) {
    case "day":
      return <DayRow time={row.time} />;
    case "unread":
      return (
        <div className={rowStyles.unread} role="separator">
          {t("log.newMessages")}
        </div>
      );
    case "gap":
      return <GapRow row={row} conversationId={conversation.id} />;
    case "notice":
      return (
        <div className={rowStyles.notice} data-seq={row.entry.seq}>
          {noticeParts(row.entry, people, t).map((part, index) =>
            part.strong ? (
              <b key={index}>
                <bdi>{part.text}</bdi>
              </b>
            ) : (
              part.text
            ),
          )}
        </div>
      );
    case "pending":
      return (
        <PendingMessageRow
          row={row}
          quoteName={someone(row.quote?.sender_id)}
          onJump={handlers.onJump}
          onTakenBack={onTakenBack}
          onPendingMenu={onPendingMenu}
        />
      );
    case "message":
      return (
        <MessageRow
          entry={row.entry}
          own={row.own}
          first={row.first}
          direct={conversation.kind === "direct"}
          senderName={someone(row.entry.sender_id)}
          senderPicture={pictureOf(row.entry.sender_id, people)}
          unsending={row.unsending}
          blocked={row.blocked}
          quote={row.quote}
          quoteSeq={row.quoteSeq}
          quoteName={someone(row.quote?.sender_id)}
          quoteBlocked={row.quoteBlocked}
          receiptState={row.receipt?.state}
          receiptAt={row.receipt?.at}
          readers={row.receipt?.state === "read" ? row.receipt.readers : 0}
          canReply={canReply}
          tabStop={tabStop}
          flash={flash}
          words={words}
          {...handlers}
        />
      );
  }
}

interface GapRowProps {
  row: Extract<LogRow, { type: "gap" }>;
  conversationId: string;
}

/** What is missing at an end of the log. It is fetched as soon as somebody comes near. */
function GapRow({ row, conversationId }: GapRowProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const { afterSeq, beforeSeq, fill, failed } = row;
  useEffect(() => {
    if (!failed) actions.loadGap(conversationId, afterSeq, fill);
  }, [actions, conversationId, afterSeq, beforeSeq, fill, failed]);
  return (
    <div className={rowStyles.gap} data-failed={failed || undefined}>
      <Icon name="arrows-clockwise" size="s" />
      {failed ? t("log.gap") : t("log.gapLoading")}
      {failed && (
        <button type="button" onClick={() => actions.loadGap(conversationId, afterSeq, fill)}>
          {t("error.retry")}
        </button>
      )}
    </div>
  );
}

function DayRow({ time }: { time: number }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  return (
    <div className={rowStyles.day} role="separator">
      <span>{dayLabel(time, now, i18n.language, { today: t("day.today"), yesterday: t("day.yesterday") })}</span>
    </div>
  );
}
