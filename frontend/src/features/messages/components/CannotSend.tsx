import type { TFunction } from "i18next";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useBlocking } from "@/app/blocking";
import { useFailure } from "@/app/failure";
import { titleOf } from "@/chat/names";
import styles from "./Composer.module.css";

/** Stands in the composer's place and says why nothing can be written, with the way out if there is one. */
export function CannotSend({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const name = titleOf(conversation);
  return (
    <div className={styles.composer}>
      <div className={styles.blocked}>
        <Reason conversation={conversation} name={name} t={t} />
      </div>
    </div>
  );
}

interface ReasonProps {
  conversation: Conversation;
  name: string;
  t: TFunction;
}

function Reason({ conversation, name, t }: ReasonProps) {
  if (conversation.state === "kicked") return <span>{t("cannotSend.kicked")}</span>;
  if (conversation.state === "left") return <span>{t("cannotSend.left")}</span>;
  if (conversation.state === "closed") return <span>{t("cannotSend.closed")}</span>;
  switch (conversation.cannot_send_reason) {
    case "blocked_by_you":
      return conversation.peer ? <Unblock userId={conversation.peer.id} name={name} /> : null;
    case "not_friends":
      return (
        <>
          <span>{t("cannotSend.notFriends", { name })}</span>
          <Link to="/friends/add">{t("friends.add")}</Link>
        </>
      );
    default:
      return <span>{t("cannotSend.other")}</span>;
  }
}

function Unblock({ userId, name }: { userId: string; name: string }) {
  const { t } = useTranslation();
  const setBlocked = useBlocking();
  const fail = useFailure();
  const [busy, setBusy] = useState(false);
  return (
    <>
      <span>{t("cannotSend.blockedByYou", { name })}</span>
      <button
        type="button"
        // Not disabled, which would take the focus away.
        aria-disabled={busy || undefined}
        onClick={() => {
          if (busy) return;
          setBusy(true);
          void setBlocked(userId, false)
            .catch(fail)
            .finally(() => setBusy(false));
        }}
      >
        {t("friends.unblock")}
      </button>
    </>
  );
}
