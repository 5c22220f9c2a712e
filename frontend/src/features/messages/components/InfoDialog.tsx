import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Conversation, Entry } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useNow } from "@/app/now";
import { clockWithZone, dayMonth } from "@/i18n/format";
import type { PendingMessage } from "@/realtime/state";
import { Dialog } from "@/ui/dialog/Dialog";
import { journeyQuery, readsQuery } from "../api";
import { journeyOfEntry, journeyOfPending, readersOf } from "../journey";
import styles from "./InfoDialog.module.css";
import { JourneyLine } from "./JourneyLine";

interface InfoDialogProps {
  conversation: Conversation;
  /** As it was when the dialog was opened; what becomes of it is followed. */
  message: Entry | PendingMessage;
  reads: Record<string, number>;
  onClose: () => void;
}

/** The journey of an own message; of another's, when it was written and sent. */
export default function InfoDialog({ conversation, message, reads, onClose }: InfoDialogProps) {
  const { t } = useTranslation();
  const me = useChat((s) => s.me?.id);
  const { pending, entry } = useMessage(message);
  const own = pending !== undefined || entry?.sender_id === me;
  return (
    <Dialog title={t(own ? "journey.title" : "message.info")} onClose={onClose}>
      {pending ? (
        <PendingJourney pending={pending} conversation={conversation} />
      ) : entry && own ? (
        <EntryJourney entry={entry} conversation={conversation} reads={reads} />
      ) : (
        entry && <Facts entry={entry} />
      )}
    </Dialog>
  );
}

/** The message as it is now: what was waiting may have become an entry. */
function useMessage(message: Entry | PendingMessage): { pending?: PendingMessage; entry?: Entry } {
  const waiting = "clientMsgId" in message ? message : undefined;
  const conversationId = waiting ? waiting.conversationId : (message as Entry).conversation_id;
  const pending = useChat((s) =>
    s.outbox[conversationId]?.find(({ clientMsgId }) => clientMsgId === waiting?.clientMsgId),
  );
  const arrived = useChat((s) => {
    if (!waiting) return undefined;
    const item = s.timelines[conversationId]?.items.findLast(
      (each) => each.type === "entry" && each.entry.client_msg_id === waiting.clientMsgId,
    );
    return item?.type === "entry" ? item.entry : undefined;
  });
  if (!waiting) return { entry: message as Entry };
  if (arrived) return { entry: arrived };
  return pending ? { pending } : {};
}

function PendingJourney({ pending, conversation }: { pending: PendingMessage; conversation: Conversation }) {
  const connection = useChat((s) => s.connection);
  const outbox = useChat((s) => s.outbox[pending.conversationId]) ?? [];
  const offset = useChat((s) => s.clockOffsetMs);
  return <JourneyLine conversation={conversation} points={journeyOfPending(pending, { connection, outbox, offset })} />;
}

interface EntryJourneyProps {
  entry: Entry;
  conversation: Conversation;
  reads: Record<string, number>;
}

function EntryJourney({ entry, conversation, reads }: EntryJourneyProps) {
  const { actions } = useChatClient();
  const offset = useChat((s) => s.clockOffsetMs);
  const me = useChat((s) => s.me?.id);
  const journey = useQuery(journeyQuery(actions, entry.client_msg_id ?? ""));
  // Asked for anew, as a time belongs to the marker as it is.
  const marks = useQuery({ ...readsQuery(useHttp(), conversation.id), staleTime: 0 });
  const peer = conversation.kind === "direct" ? conversation.peer?.id : undefined;
  const known = peer === undefined ? reads : { [peer]: conversation.peer_read_seq ?? 0 };
  if (journey.isPending) return null;
  const readers = readersOf(entry.seq, known, marks.data ?? [], [entry.sender_id, me]);
  const others = Math.max(0, conversation.member_count - 1);
  return (
    <JourneyLine
      conversation={conversation}
      points={journeyOfEntry(entry, journey.data ?? undefined, { offset, readers, others })}
    />
  );
}

function Facts({ entry }: { entry: Entry }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const when = (time: string) =>
    `${dayMonth(Date.parse(time), now, i18n.language)}, ${clockWithZone(Date.parse(time), i18n.language)}`;
  return (
    <dl className={styles.facts}>
      {entry.client_time && (
        <div>
          <dt>{t("info.written")}</dt>
          <dd>{when(entry.client_time)}</dd>
        </div>
      )}
      <div>
        <dt>{t("info.sent")}</dt>
        <dd>{when(entry.server_time)}</dd>
      </div>
    </dl>
  );
}
