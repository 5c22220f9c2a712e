import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Conversation, Entry } from "@/api/types";
import { useChat } from "@/app/chat";
import { nameOf, pictureOf } from "@/chat/names";
import { clockWithZone, dayMonth } from "@/i18n/format";
import { useNow } from "@/app/now";
import { Avatar } from "@/ui/avatar/Avatar";
import { Dialog } from "@/ui/dialog/Dialog";
import styles from "./InfoDialog.module.css";

interface InfoDialogProps {
  conversation: Conversation;
  entry: Entry;
  reads: Record<string, number>;
  onClose: () => void;
}

/** Names are listed up to here; larger groups see the number. */
const MOST_NAMES = 20;

/** When a message was written and sent, and who has read it. */
export default function InfoDialog({ conversation, entry, reads, onClose }: InfoDialogProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const readers = Object.keys(reads).filter(
    (id) => id !== entry.sender_id && id !== people.me?.id && (reads[id] ?? 0) >= entry.seq,
  );
  const when = (time: string) =>
    `${dayMonth(Date.parse(time), now, i18n.language)}, ${clockWithZone(Date.parse(time), i18n.language)}`;
  return (
    <Dialog title={t("message.info")} onClose={onClose}>
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
        {conversation.kind === "direct" ? (
          <div>
            <dt>{t("receipt.read")}</dt>
            <dd>{(conversation.peer_read_seq ?? 0) >= entry.seq ? t("common.yes") : t("info.notYet")}</dd>
          </div>
        ) : (
          <div>
            <dt>{t("info.readers")}</dt>
            <dd>{t("info.readBy", { count: readers.length, total: Math.max(0, conversation.member_count - 1) })}</dd>
          </div>
        )}
      </dl>
      {conversation.kind === "group" && readers.length > 0 && readers.length <= MOST_NAMES && (
        <ul className={styles.readers}>
          {readers.map((id) => {
            const name = nameOf(id, people) ?? t("common.someone");
            return (
              <li key={id}>
                <Avatar id={id} name={name} src={pictureOf(id, people)} size={28} />
                <bdi>{name}</bdi>
              </li>
            );
          })}
        </ul>
      )}
    </Dialog>
  );
}
