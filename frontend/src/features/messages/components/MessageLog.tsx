import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type Ref,
} from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Conversation, Entry } from "@/api/types";
import { useChat, useChatClient } from "@/app/chat";
import { covers } from "@/realtime/reducer/timeline";
import type { PendingMessage, Timeline } from "@/realtime/state";
import { Badge, ErrorState, Skeletons } from "@/ui/feedback/states";
import { Icon } from "@/ui/icons/Icon";
import { RowList, type RowListHandle } from "@/ui/list/RowList";
import { TOUCH } from "@/ui/media";
import { buildRows, type LogRow } from "../rows";
import { sliceAt } from "../slice";
import { useLoaded } from "../useLoaded";
import { rowOf, usePlace, useScrollTo } from "../usePlace";
import { useMessageFocus } from "../useMessageFocus";
import { useViewed } from "../useViewed";
import type { MessageHandlers } from "./MessageRow";
import type { PendingHandlers } from "./PendingMessageRow";
import { Row } from "./Row";
import styles from "./MessageLog.module.css";

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
  /** To where one writes. */
  onLeave: () => void;
  onTakenBack: (pending: PendingMessage) => void;
  ref: Ref<MessageLogHandle>;
}

const NOTHING: never[] = [];

/** Heights of rows that were not drawn yet, px: a line of text, and all other rows. */
const LINE = 44;
const OTHER = 36;

/** Characters of a line of text, of which each takes so many px. */
const COLUMNS = 70;
const LINE_HEIGHT = 22;

function estimate(row: LogRow): number {
  if (row.type !== "message" && row.type !== "pending") return OTHER;
  const content = row.type === "message" ? row.entry.content : row.pending.content;
  const text = content?.type === "text" ? content.text : undefined;
  return LINE + Math.floor((text?.length ?? 0) / COLUMNS) * LINE_HEIGHT;
}

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

  const { anchor: left, target, begun, jumpTo, toNewest, hold, arrived } = usePlace(id, at);
  const loaded = target !== undefined && covers(whole.ranges, target, target);
  const anchor = loaded ? target : left;
  const timeline = useMemo(() => sliceAt(whole, anchor), [whole, anchor]);
  const rows = useMemo(
    () => buildRows({ conversation, timeline, pending, me, blocked, unsending, reads, clockOffsetMs }),
    [conversation, timeline, pending, me, blocked, unsending, reads, clockOffsetMs],
  );
  const list = useRef<RowListHandle>(null);
  const [atBottom, setAtBottom] = useState(true);
  const flash = useScrollTo({ rows, target, loaded, list, onArrived: arrived });
  const onView = useLoaded({ id, whole, timeline, rows, anchor, hold, away: target !== undefined });
  const focus = useMessageFocus(rows, !timeline.hasNewer, list);
  const viewed = useViewed((seq) => actions.markViewed(id, seq), conversation.read_seq);

  useImperativeHandle(ref, () => ({ focusLast: focus.focusLast, jumpTo }), [focus.focusLast, jumpTo]);

  // One's own message is always shown, wherever the log was.
  const lastOwn = pending.at(-1)?.clientMsgId;
  const shownOwn = useRef(lastOwn);
  useEffect(() => {
    if (!lastOwn || shownOwn.current === lastOwn) return;
    shownOwn.current = lastOwn;
    toNewest();
    list.current?.toEnd();
  }, [lastOwn, toNewest]);

  const { onReply, onMenu, onPendingMenu, onMessageKey, onLeave, onTakenBack } = handlers;
  const canReply = conversation.can_send;
  const renderRow = useCallback(
    (row: LogRow) => (
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

  // The newest messages would count as seen by who wants to see another one.
  const awaited = !begun && target !== undefined && !loaded;
  if (rows.length === 0 || awaited) {
    if (timeline.error && !awaited) {
      return (
        <div className={styles.place}>
          <ErrorState trace={timeline.error.trace_id ?? undefined} onRetry={() => void actions.openConversation(id)} />
        </div>
      );
    }
    if (awaited || timeline.loading !== "none" || timeline.hasOlder) {
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

  function backToNewest() {
    if (whole.hasNewer) actions.jumpToNewest(id);
    toNewest();
    list.current?.toEnd();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const article = (event.target as HTMLElement).closest<HTMLElement>("article[data-seq]");
    if (!article || event.target !== article) return;
    const seq = Number(article.dataset.seq);
    const far = event.key === "End" && timeline.hasNewer;
    if (far) {
      backToNewest();
      focus.awaitNewest();
    }
    const moved = far || focus.move(event.key, seq);
    if (moved === "below") onLeave();
    const row = rows.find((each) => each.type === "message" && each.entry.seq === seq);
    const acted = !moved && row?.type === "message" && onMessageKey(event.key, row.entry, article);
    if (moved || acted) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** Who clicks into the log and types on wants to write, but for who marks text there or presses something. */
  function onClick(event: MouseEvent) {
    if (matchMedia(TOUCH).matches || getSelection()?.isCollapsed === false) return;
    if ((event.target as HTMLElement).closest("a, button, input, video, audio")) return;
    onLeave();
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
        onClick={onClick}
        onKeyDown={onKeyDown}
      >
        <RowList
          ref={list}
          className={styles.list}
          rows={rows}
          renderRow={renderRow}
          estimate={estimate}
          place={start > 0 ? { index: start, align: "center" } : { index: rows.length - 1, align: "end" }}
          complete={!timeline.hasNewer}
          onView={onView}
          onAtEnd={setAtBottom}
        >
          {/* Room below the last message. */}
          <div className={styles.footer} />
        </RowList>
      </div>
      {(!atBottom || timeline.hasNewer) && (
        <button type="button" className={styles.jump} onClick={backToNewest}>
          <Icon name="arrow-down" size="s" />
          {t(timeline.hasNewer ? "log.backToNewest" : "log.toNewest")}
          <Badge count={conversation.unread} />
        </button>
      )}
    </div>
  );
}
