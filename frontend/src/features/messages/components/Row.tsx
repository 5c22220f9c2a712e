import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useChatClient } from "@/app/chat";
import { useNow } from "@/app/now";
import { nameOf, pictureOf, type People } from "@/chat/names";
import { noticeParts } from "@/chat/notice";
import { dayLabel } from "@/i18n/format";
import type { PendingMessage } from "@/realtime/state";
import { Icon } from "@/ui/icons/Icon";
import type { LogRow } from "../rows";
import { MessageRow, type MessageHandlers } from "./MessageRow";
import { PendingMessageRow, type PendingHandlers } from "./PendingMessageRow";
import rowStyles from "./MessageRow.module.css";

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

/** One row of a log, of any kind. */
export function Row({
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
          timed={row.timed === true}
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

/** What is missing at an end of the log. It is fetched when somebody comes near; what failed waits to be asked for. */
function GapRow({ row, conversationId }: GapRowProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const { afterSeq, fill, failed } = row;
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
