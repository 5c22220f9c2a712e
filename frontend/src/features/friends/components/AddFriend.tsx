import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useRef, useState } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import type { User } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { traceOf, useFailure } from "@/app/failure";
import { Avatar } from "@/ui/avatar/Avatar";
import { Button } from "@/ui/button/Button";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import { ErrorState } from "@/ui/feedback/states";
import { Icon, type IconName } from "@/ui/icons/Icon";
import { CODE_LENGTH, parseCode, showCode } from "@/ui/field/code";
import { CodeField } from "@/ui/field/CodeField";
import { Card, Page } from "@/ui/page/Page";
import { MOST_OPEN_REQUESTS, renewFriendCode, requestFriend, userByCodeQuery } from "../api";
import { useOpenDirect } from "../useOpenDirect";
import styles from "./AddFriend.module.css";

const QrCode = onDemand(() => import("@/ui/qr/QrCode"));

interface AddFriendProps {
  /** From a link; may be empty. */
  initialCode: string;
  backTo: "/friends" | "/";
}

export function AddFriend({ initialCode, backTo }: AddFriendProps) {
  const { t } = useTranslation();
  return (
    <Page title={t("friends.add")} lead={t("friends.addLead")} backTo={backTo}>
      <div className={styles.cards}>
        {/* Whoever followed a link came for the person that it leads to. */}
        {initialCode !== "" && <OtherCode initialCode={initialCode} />}
        <OwnCode />
        {initialCode === "" && <OtherCode initialCode="" />}
      </div>
    </Page>
  );
}

/** One's own code, to read, to scan, to send. */
export function OwnCode() {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const fail = useFailure();
  const me = useChat((s) => s.me);
  const code = showCode(parseCode(me?.friend_code ?? ""));
  const link = `${location.origin}/add/${code}`;

  async function replace() {
    const yes = await ask({
      title: t("code.replace.title"),
      body: t("code.replace.text"),
      confirm: t("code.replace.confirm"),
      cancel: t("code.replace.keep"),
      danger: true,
    });
    if (!yes || !me) return;
    try {
      const { friend_code } = await renewFriendCode(http);
      client.applyLocal({ type: "profile", user: { ...me, friend_code } });
      snack(t("code.replace.done"));
    } catch (error) {
      fail(error);
    }
  }

  return (
    <Card className={styles.own}>
      <h3>{t("friends.yourCode")}</h3>
      <div className={styles.qr}>
        {code && (
          <Suspense>
            <QrCode text={link} label={t("code.qrName")} />
          </Suspense>
        )}
      </div>
      <b className={`${styles.code} display ltr`}>{code}</b>
      <p className="hint">{t("code.letScan")}</p>
      <div className={styles.buttons}>
        <CopyButton icon="copy" label={t("common.copy")} text={code} said={t("common.copied")} />
        <CopyButton icon="link-simple" label={t("code.copyLink")} text={link} said={t("code.linkCopied")} />
        {typeof navigator.share === "function" && (
          <Button
            variant="line"
            size="sm"
            icon="share-network"
            // Closing the system's sheet rejects; nothing has failed then.
            onClick={() => void navigator.share({ text: t("code.shareText"), url: link }).catch(() => undefined)}
          >
            {t("common.share")}
          </Button>
        )}
      </div>
      <Button variant="ghost" size="sm" onClick={() => void replace()}>
        {t("code.replace.button")}
      </Button>
    </Card>
  );
}

interface CopyButtonProps {
  icon: IconName;
  label: string;
  text: string;
  /** What is said when it is copied. */
  said: string;
}

function CopyButton({ icon, label, text, said }: CopyButtonProps) {
  const fail = useFailure();
  const copy = () => void navigator.clipboard.writeText(text).then(() => snack(said), fail);
  return (
    <Button variant="line" size="sm" icon={icon} onClick={copy}>
      {label}
    </Button>
  );
}

function OtherCode({ initialCode }: { initialCode: string }) {
  const { t } = useTranslation();
  const http = useHttp();
  const [code, setCode] = useState(initialCode);
  const complete = code.length === CODE_LENGTH;
  const found = useQuery({ ...userByCodeQuery(http, showCode(code)), enabled: complete });
  const unknown = found.error instanceof ApiError && found.error.code === "not_found";
  const open = useChat(
    (s) => s.requests.filter((request) => request.direction === "outgoing" && request.status === "pending").length,
  );

  return (
    <Card className={styles.other}>
      <h3>{t("friends.theirCode")}</h3>
      <CodeField
        label={t("friends.code")}
        value={code}
        onChange={setCode}
        error={complete && unknown ? t("friends.codeUnknown") : undefined}
        hint={t("code.hint")}
      />
      {/* Who was found, and then that they were asked, is also told who does not see it. */}
      <div role="status">
        {complete && found.data && <Found code={showCode(code)} user={found.data} full={open >= MOST_OPEN_REQUESTS} />}
      </div>
      {complete && found.error && !unknown && (
        <ErrorState trace={traceOf(found.error)} onRetry={() => void found.refetch()} />
      )}
      {open > 0 && (
        <p className={`hint ${styles.count}`}>{t("friends.open", { count: open, most: MOST_OPEN_REQUESTS })}</p>
      )}
    </Card>
  );
}

function Found({ code, user, full }: { code: string; user: User; full: boolean }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const fail = useFailure();
  const openDirect = useOpenDirect();
  const [busy, setBusy] = useState(false);
  const friend = useChat((s) => s.friends[user.id] !== undefined);
  const waiting = useChat((s) =>
    s.requests.some((r) => r.user.id === user.id && r.direction === "outgoing" && r.status === "pending"),
  );
  const self = useChat((s) => s.me?.id === user.id);
  const card = useRef<HTMLDivElement>(null);
  // On a phone it comes below what is in view, above all with the keyboard open.
  useEffect(() => {
    // Newer browsers answer with a promise, which is no way to clean up.
    void card.current?.scrollIntoView({ block: "nearest" });
  }, []);

  async function send() {
    setBusy(true);
    try {
      const request = await requestFriend(http, code);
      // The button that was pressed is about to go.
      card.current?.focus({ preventScroll: true });
      client.applyLocal({ type: "friend_request", request });
      if (request.status === "accepted") await openDirect(user.id);
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className={styles.found} ref={card} role="group" aria-label={user.username} tabIndex={-1}>
      <Avatar id={user.id} name={user.username} src={user.avatar_url} size={72} />
      <b>
        <bdi>{user.username}</bdi>
      </b>
      {self ? (
        <span className="hint">{t("friends.ownCode")}</span>
      ) : friend ? (
        <Button variant="primary" className={styles.wide} onClick={() => void openDirect(user.id)}>
          {t("friends.message")}
        </Button>
      ) : waiting ? (
        <p className={styles.sent}>
          <Icon name="check" size="s" />
          {t("friends.requestSent")}
        </p>
      ) : (
        <>
          <span className="hint">{t("friends.theySee")}</span>
          <Button variant="primary" className={styles.wide} busy={busy} disabled={full} onClick={() => void send()}>
            {t("friends.sendRequest")}
          </Button>
          {full && <span className="hint">{t("friends.full", { count: MOST_OPEN_REQUESTS })}</span>}
        </>
      )}
    </div>
  );
}
