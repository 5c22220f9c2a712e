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
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { useShallow } from "zustand/react/shallow";
import type { Conversation, Entry } from "@/api/types";
import { useChat, useChatClient } from "@/app/chat";
import { useNow } from "@/app/now";
import { nameOf, pictureOf, type People } from "@/chat/names";
import { noticeParts } from "@/chat/notice";
import { dayLabel } from "@/i18n/format";
import type { PendingMessage, Timeline } from "@/realtime/state";
import { Badge, ErrorState, Skeletons } from "@/ui/feedback/states";
import { Icon } from "@/ui/icons/Icon";
import { buildRows, type LogRow } from "../rows";
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
  reads: Record<string, number>;
  onReply: (seq: number) => void;
  onMenu: MessageHandlers["onMenu"];
  onPendingMenu: PendingHandlers["onPendingMenu"];
  onMessageKey: (key: string, entry: Entry, element: HTMLElement) => boolean;
  onLeaveDown: () => void;
  onTakenBack: (pending: PendingMessage) => void;
  ref: Ref<MessageLogHandle>;
}

const FLASH_MS = 1200;
const NOTHING: never[] = [];

export function MessageLog({ conversation, timeline, reads, ref, ...handlers }: MessageLogProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const { id } = conversation;
  const me = useChat((s) => s.me?.id ?? "");
  const pending = useChat((s) => s.outbox[id]) ?? NOTHING;
  const blocked = useChat((s) => s.sync.blocked);
  const unsending = useChat((s) => s.unsending);
  const clockOffsetMs = useChat((s) => s.clockOffsetMs);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));

  const rows = useMemo(
    () => buildRows({ conversation, timeline, pending, me, blocked, unsending, reads, clockOffsetMs }),
    [conversation, timeline, pending, me, blocked, unsending, reads, clockOffsetMs],
  );
  const { firstItemIndex, generation } = useVirtualRows(rows);
  const list = useRef<VirtuosoHandle>(null);
  const [atBottom, setAtBottom] = useState(true);
  const { flash, jumpTo } = useJump(rows, timeline, id, list);
  const focus = useMessageFocus(rows, list);
  const viewed = useViewed((seq) => actions.markViewed(id, seq), conversation.read_seq);

  useImperativeHandle(ref, () => ({ focusLast: focus.focusLast, jumpTo }), [focus.focusLast, jumpTo]);

  // One's own message is always shown, wherever the log was.
  const lastOwn = rows.findLast((row) => row.type === "pending")?.key;
  useEffect(() => {
    if (lastOwn) list.current?.scrollToIndex({ index: "LAST", align: "end" });
  }, [lastOwn]);

  const { onReply, onMenu, onPendingMenu, onMessageKey, onLeaveDown, onTakenBack } = handlers;
  const canReply = conversation.can_send;
  const renderRow = useCallback(
    (_index: number, row: LogRow) => (
      <Row
        row={row}
        conversation={conversation}
        people={people}
        flash={row.type === "message" && row.entry.seq === flash}
        tabStop={row.type === "message" && row.entry.seq === focus.tabStop}
        canReply={canReply}
        onReply={onReply}
        onMenu={onMenu}
        onPendingMenu={onPendingMenu}
        onJump={jumpTo}
        onTakenBack={onTakenBack}
      />
    ),
    [conversation, people, flash, focus.tabStop, canReply, onReply, onMenu, onPendingMenu, jumpTo, onTakenBack],
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
        <Virtuoso
          key={generation}
          ref={list}
          className={styles.list}
          data={rows}
          firstItemIndex={firstItemIndex}
          initialTopMostItemIndex={
            unreadRow > 0 ? { index: unreadRow, align: "center" } : { index: rows.length - 1, align: "end" }
          }
          computeItemKey={(_index, row) => row.key}
          itemContent={renderRow}
          alignToBottom
          increaseViewportBy={{ top: 600, bottom: 300 }}
          atBottomThreshold={80}
          atBottomStateChange={setAtBottom}
          followOutput={(isAtBottom) => (isAtBottom && !timeline.hasNewer ? "auto" : false)}
          startReached={() => {
            if (timeline.hasOlder) actions.loadOlder(id);
          }}
          endReached={() => {
            if (timeline.hasNewer) actions.loadNewer(id);
          }}
          components={{ Footer: LogFooter }}
        />
      </div>
      {(!atBottom || timeline.hasNewer) && (
        <button
          type="button"
          className={styles.jump}
          onClick={() => {
            if (timeline.hasNewer) actions.jumpToNewest(id);
            list.current?.scrollToIndex({ index: "LAST", align: "end", behavior: "smooth" });
          }}
        >
          <Icon name="arrow-down" size="s" />
          {t("log.toNewest")}
          <Badge count={conversation.unread} />
        </button>
      )}
    </div>
  );
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
  tabStop: boolean;
  canReply: boolean;
  onTakenBack: (pending: PendingMessage) => void;
}

function Row({
  row,
  conversation,
  people,
  flash,
  tabStop,
  canReply,
  onTakenBack,
  onPendingMenu,
  ...handlers
}: RowProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
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
      return (
        <div className={rowStyles.gap}>
          <Icon name="arrows-clockwise" size="s" />
          {row.loading ? t("log.gapLoading") : t("log.gap")}
          {!row.loading && (
            <button type="button" onClick={() => actions.loadGap(conversation.id, row.afterSeq)}>
              {row.failed ? t("error.retry") : t("log.gapLoad")}
            </button>
          )}
        </div>
      );
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
          {...handlers}
        />
      );
  }
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

/** Scrolls to a message and lets it flash; one that is not loaded is fetched with its surroundings first. */
function useJump(
  rows: LogRow[],
  timeline: Timeline,
  conversationId: string,
  list: React.RefObject<VirtuosoHandle | null>,
) {
  const { actions } = useChatClient();
  const [target, setTarget] = useState<number>();
  const [flash, setFlash] = useState<number>();
  const rowsNow = useRef(rows);
  useEffect(() => {
    rowsNow.current = rows;
  }, [rows]);

  const show = useCallback(
    (seq: number): boolean => {
      const index = rowsNow.current.findIndex((row) => "entry" in row && row.entry.seq === seq);
      if (index < 0) return false;
      list.current?.scrollToIndex({ index, align: "center" });
      setFlash(seq);
      return true;
    },
    [list],
  );

  const jumpTo = useCallback(
    (seq: number) => {
      if (show(seq)) return;
      setTarget(seq);
      void actions.loadAround(conversationId, seq).catch(() => setTarget(undefined));
    },
    [show, actions, conversationId],
  );

  useEffect(() => {
    if (target === undefined) return;
    // The list takes new rows in its own effects; scrolling comes after them.
    const frame = requestAnimationFrame(() => {
      if (show(target)) setTarget(undefined);
    });
    return () => cancelAnimationFrame(frame);
  }, [target, timeline, show]);

  useEffect(() => {
    if (flash === undefined) return;
    const timer = setTimeout(() => setFlash(undefined), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flash]);

  return { flash, jumpTo };
}
