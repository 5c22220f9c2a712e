import { useQuery } from "@tanstack/react-query";
import {
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ComponentProps,
  type ReactNode,
} from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Conversation, Entry } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { ClockWarning } from "@/app/ClockWarning";
import { lazily } from "@/app/lazily";
import { nameOf, titleOf } from "@/chat/names";
import { list } from "@/i18n/format";
import type { PendingMessage } from "@/realtime/state";
import { Skeletons } from "@/ui/feedback/states";
import { readsQuery } from "../api";
import { useMessageMenu } from "../useMessageMenu";
import { CannotSend } from "./CannotSend";
import { ChatHeader } from "./ChatHeader";
import { Composer, type ComposerHandle } from "./Composer";
import { DropOverlay } from "./DropOverlay";
import { ConnectionBanner } from "./ConnectionBanner";
import { LiveRegion } from "./LiveRegion";
import { MessageLog, type MessageLogHandle } from "./MessageLog";
import styles from "./ChatView.module.css";

const InfoDialog = lazily(() => import("./InfoDialog"));

interface ChatViewProps extends ComponentProps<typeof ChatHeader> {
  /** `seq` of a message to show. */
  at: number | undefined;
  /** It is a hit: what is marked in it. */
  words: string[] | undefined;
  /** The focus stays where it is: somebody looks for something. */
  keepFocus: boolean;
  /** Below the header. */
  children?: ReactNode;
}

const NO_READS: Record<string, number> = {};

/** An open conversation. Mount it with the conversation's id as `key`. */
export function ChatView({ conversation, at, words, keepFocus, children, ...header }: ChatViewProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const { id } = conversation;
  const timeline = useChat((s) => s.timelines[id]);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const reads = useReads(conversation);
  const log = useRef<MessageLogHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const [info, setInfo] = useState<Entry | PendingMessage>();

  useEffect(() => {
    // A failure is kept in the timeline, which offers to try again.
    actions.openConversation(id).catch(() => undefined);
    return () => actions.closeConversation(id);
  }, [actions, id]);

  const onReply = useCallback((seq: number) => composer.current?.reply(seq), []);
  const { onMenu, onPendingMenu, onMessageKey } = useMessageMenu({
    canReply: conversation.can_send,
    onReply,
    onInfo: setInfo,
  });
  const onTakenBack = useCallback((message: PendingMessage) => composer.current?.takeBack(message), []);
  const someone = useCallback((userId: string) => nameOf(userId, people) ?? t("common.someone"), [people, t]);
  const entryOf = useCallback(
    (seq: number) => {
      const item = timeline?.items.find((each) => each.type === "entry" && each.entry.seq === seq);
      return item?.type === "entry" ? item.entry : timeline?.quoted[seq];
    },
    [timeline],
  );

  return (
    <>
      <ChatHeader conversation={conversation} {...header} />
      {children}
      <ConnectionBanner>
        {/* Wider windows show it below the list. */}
        <div className="only-phone">
          <ClockWarning />
        </div>
      </ConnectionBanner>
      {timeline ? (
        <MessageLog
          ref={log}
          conversation={conversation}
          timeline={timeline}
          reads={reads}
          at={at}
          words={words}
          onReply={onReply}
          onMenu={onMenu}
          onPendingMenu={onPendingMenu}
          onMessageKey={onMessageKey}
          onLeave={() => composer.current?.focus()}
          onTakenBack={onTakenBack}
        />
      ) : (
        <div className={styles.loading}>
          <Skeletons rows={6} />
        </div>
      )}
      <TypingLine conversation={conversation} />
      <LiveRegion conversationId={id} />
      {conversation.can_send ? (
        <Composer
          ref={composer}
          conversationId={id}
          title={titleOf(conversation)}
          entryOf={entryOf}
          nameOf={someone}
          onUp={() => log.current?.focusLast()}
          takeFocus={!keepFocus}
        />
      ) : (
        <CannotSend conversation={conversation} />
      )}
      {conversation.can_send && <DropOverlay conversationId={id} title={titleOf(conversation)} />}
      {info && (
        <Suspense>
          <InfoDialog conversation={conversation} message={info} reads={reads} onClose={() => setInfo(undefined)} />
        </Suspense>
      )}
    </>
  );
}

/** The others' read markers in a group: as asked for, and moved on by what was heard since. */
function useReads(conversation: Conversation): Record<string, number> {
  const http = useHttp();
  const live = useChat((s) => s.reads[conversation.id]) ?? NO_READS;
  const { data } = useQuery({
    ...readsQuery(http, conversation.id),
    enabled: conversation.kind === "group" && conversation.state === "active",
  });
  return useMemo(() => {
    if (!data) return live;
    const merged = Object.fromEntries(data.map((mark) => [mark.user_id, mark.read_seq]));
    for (const [user, seq] of Object.entries(live)) merged[user] = Math.max(merged[user] ?? 0, seq);
    return merged;
  }, [data, live]);
}

/** Who is writing; the line keeps its height, so that nothing jumps. */
function TypingLine({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation();
  const typing = useChat((s) => s.typing[conversation.id]);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const names = (typing ?? []).map((each) => nameOf(each.userId, people) ?? t("common.someone"));
  return (
    <div className={styles.typing}>
      {names.length > 0 && (
        <>
          <span className={styles.dots} aria-hidden>
            <i />
            <i />
            <i />
          </span>
          <span className="trunc">
            {names.length > 2
              ? t("typing.many")
              : t("typing.named", { count: names.length, names: list(names, i18n.language) })}
          </span>
        </>
      )}
    </div>
  );
}
