import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import type { GroupPreview } from "@/api/types";
import { useChatClient, useHttp } from "@/app/chat";
import { traceOf, useFailure } from "@/app/failure";
import { Avatar } from "@/ui/avatar/Avatar";
import { Button } from "@/ui/button/Button";
import { ErrorState } from "@/ui/feedback/states";
import { CODE_LENGTH, showCode } from "@/ui/field/code";
import { CodeField } from "@/ui/field/CodeField";
import { joinGroup, previewQuery } from "../api";
import styles from "./groups.module.css";

interface JoinGroupProps {
  /** From a link; may be empty. */
  initialCode: string;
  onJoined?: () => void;
}

/** Shows the group that a code belongs to and joins it, or asks its admins. */
export function JoinGroup({ initialCode, onJoined }: JoinGroupProps) {
  const { t } = useTranslation();
  const http = useHttp();
  const [code, setCode] = useState(initialCode);
  const complete = code.length === CODE_LENGTH;
  const preview = useQuery({ ...previewQuery(http, showCode(code)), enabled: complete });
  const unknown = preview.error instanceof ApiError && preview.error.code === "not_found";

  return (
    <div className={styles.join}>
      <CodeField
        label={t("group.code")}
        value={code}
        onChange={setCode}
        autoFocus={!initialCode}
        error={complete && unknown ? t("group.codeUnknown") : undefined}
        hint={t("code.hint")}
      />
      {complete && preview.data && <Preview code={showCode(code)} group={preview.data} onJoined={onJoined} />}
      {complete && preview.error && !unknown && (
        <ErrorState trace={traceOf(preview.error)} onRetry={() => void preview.refetch()} />
      )}
    </div>
  );
}

function Preview({ code, group, onJoined }: { code: string; group: GroupPreview; onJoined?: () => void }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const fail = useFailure();
  const [busy, setBusy] = useState(false);

  const members = t("chat.members", { count: group.member_count });

  async function open(id: string) {
    onJoined?.();
    await navigate({ to: "/chats/$id", params: { id } });
  }

  async function join() {
    setBusy(true);
    try {
      const answer = await joinGroup(http, code);
      if ("conversation" in answer) {
        client.applyLocal({ type: "conversation", conversation: answer.conversation });
        await open(answer.conversation.id);
      } else {
        await queries.invalidateQueries({ queryKey: ["group-preview", code] });
      }
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className={styles.preview}>
      <Avatar id={group.id ?? code} name={group.name} src={group.avatar_url} size={72} group />
      <b className={styles.previewName}>
        <bdi>{group.name}</bdi>
      </b>
      <span className="hint">
        {group.join_policy === "approval"
          ? t("common.both", { first: members, second: t("group.approvalNote") })
          : members}
      </span>
      {group.state === "requested" && (
        <p className={styles.waiting} role="status">
          {t("group.waiting")}
        </p>
      )}
      {group.state === "member" && group.id && (
        <Button variant="primary" className={styles.wide} onClick={() => void open(group.id ?? "")}>
          {t("group.open")}
        </Button>
      )}
      {group.state === "none" && (
        <Button variant="primary" className={styles.wide} busy={busy} onClick={() => void join()}>
          {group.join_policy === "approval" ? t("group.askToJoin") : t("group.join")}
        </Button>
      )}
    </div>
  );
}
