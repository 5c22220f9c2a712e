import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, User } from "@/api/types";
import { useChat, useChatClient } from "@/app/chat";
import { colourIdOf, faceOf, nameOf, shortName } from "@/chat/names";
import { previewOf } from "@/chat/preview";
import type { LiveToast } from "@/realtime/state";
import { Avatar } from "@/ui/avatar/Avatar";
import { IconButton } from "@/ui/button/Button";
import styles from "./Toasts.module.css";

const SHOWN_MS = 6_000;
const MOST = 3;

/** Live arrivals outside the open conversation. The store takes a toast away when its message is read or unsent. */
export function Toasts({ children }: { children?: React.ReactNode }) {
  const { t } = useTranslation();
  const toasts = useChat((s) => s.toasts).slice(-MOST);
  return (
    <section className={styles.place} aria-label={t("toasts.name")} data-notices>
      {children}
      {toasts.map((toast) => (
        <Toast key={toast.conversationId} toast={toast} />
      ))}
    </section>
  );
}

/** Runs `onEnd` after a while that the pointer or the focus inside suspends. */
function useLifetime(onEnd: () => void) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onEnd, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, onEnd]);
  return {
    onMouseEnter: () => setHeld(true),
    onMouseLeave: () => setHeld(false),
    onFocus: () => setHeld(true),
    onBlur: () => setHeld(false),
  };
}

function Toast({ toast }: { toast: LiveToast }) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const navigate = useNavigate();
  const conversation: Conversation | undefined = useChat((s) => s.conversations[toast.conversationId]);
  const end = useCallback(() => actions.dismissToast(toast.id), [actions, toast.id]);
  const life = useLifetime(end);
  const sender = useChat((s) =>
    conversation?.kind === "group"
      ? nameOf(toast.entry.sender_id, { users: s.users, friends: s.friends, me: s.me })
      : "",
  );
  const words = toast.text || (toast.entry.content ? previewOf(toast.entry.content, t).text : "");
  const text = sender ? t("log.spoken", { name: shortName(sender), text: words }) : words;

  return (
    <div className={styles.toast} {...life}>
      <button
        type="button"
        className={styles.open}
        onClick={() => {
          end();
          void navigate({ to: "/chats/$id", params: { id: toast.conversationId } });
        }}
      >
        <Avatar
          id={conversation ? colourIdOf(conversation) : toast.entry.sender_id}
          name={toast.title}
          src={conversation && faceOf(conversation)}
          size={40}
          group={conversation?.kind === "group"}
        />
        <span className="grow">
          <span className={`${styles.title} trunc`}>
            <bdi>{toast.title}</bdi>
          </span>
          <span className={styles.text}>{text}</span>
        </span>
      </button>
      <IconButton icon="x" size="sm" iconSize="s" label={t("toasts.close", { name: toast.title })} onClick={end} />
    </div>
  );
}

interface RequestToastProps {
  user: User;
  /** It can be seen and answered elsewhere on the page, and is told here only who does not see it. */
  listed: boolean;
  onAccept: () => void;
  onDecline: () => void;
  onEnd: () => void;
}

/** Somebody wants to be friends; it can be answered on the spot. */
export function RequestToast({ user, listed, onAccept, onDecline, onEnd }: RequestToastProps) {
  const { t } = useTranslation();
  const life = useLifetime(onEnd);
  if (listed) {
    return (
      <p className="sr" role="status">
        {t("log.spoken", { name: user.username, text: t("friends.wants") })}
      </p>
    );
  }
  return (
    <div className={styles.toast} role="status" {...life}>
      <Avatar id={user.id} name={user.username} src={user.avatar_url} size={40} />
      <span className="grow">
        <span className={styles.title}>
          <bdi>{user.username}</bdi>
        </span>
        <span className={styles.text}>{t("friends.wants")}</span>
      </span>
      <span className={styles.answers}>
        <IconButton
          icon="x"
          look="no"
          iconSize="s"
          label={t("friends.declineName", { name: user.username })}
          onClick={onDecline}
        />
        <IconButton
          icon="check"
          look="yes"
          iconSize="s"
          label={t("friends.acceptName", { name: user.username })}
          onClick={onAccept}
        />
      </span>
    </div>
  );
}
