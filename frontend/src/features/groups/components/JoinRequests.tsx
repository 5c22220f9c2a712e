import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, JoinRequest } from "@/api/types";
import { useChat, useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { IconButton } from "@/ui/button/Button";
import { Block } from "@/ui/details/Details";
import { Badge } from "@/ui/feedback/states";
import { PersonLine } from "@/ui/person/PersonLine";
import { answerJoinRequest, joinRequests } from "../api";
import styles from "./GroupDetails.module.css";

const NONE: JoinRequest[] = [];

/** Who wants to join; for admins. */
export function JoinRequests({ group }: { group: Conversation }) {
  const { t } = useTranslation();
  const http = useHttp();
  const client = useChatClient();
  const fail = useFailure();
  const requests = useChat((s) => s.joinRequests[group.id]) ?? NONE;

  const show = useCallback(
    (items: JoinRequest[]) => client.applyLocal({ type: "join_requests", groupId: group.id, items }),
    [client, group.id],
  );
  const load = useCallback(async () => show(await joinRequests(http, group.id)), [show, http, group.id]);
  // Nobody tells of a request that another admin declined.
  useEffect(() => {
    load().catch(() => undefined);
  }, [load]);

  if (requests.length === 0) return null;

  async function answer(userId: string, decision: "approve" | "reject") {
    show(requests.filter((request) => request.user.id !== userId));
    try {
      await answerJoinRequest(http, group.id, userId, decision);
      await load();
    } catch (error) {
      show(requests);
      fail(error);
    }
  }

  return (
    <Block title={t("group.wantsToJoin")} aside={<Badge count={requests.length} />}>
      <ul>
        {requests.map(({ user }) => (
          <li key={user.id}>
            <PersonLine
              id={user.id}
              name={<bdi>{user.username}</bdi>}
              username={user.username}
              src={user.avatar_url}
              below={t("group.hasCode")}
            >
              <span className={styles.answers}>
                <IconButton
                  icon="x"
                  look="no"
                  label={t("group.rejectName", { name: user.username })}
                  onClick={() => void answer(user.id, "reject")}
                />
                <IconButton
                  icon="check"
                  look="yes"
                  label={t("group.approveName", { name: user.username })}
                  onClick={() => void answer(user.id, "approve")}
                />
              </span>
            </PersonLine>
          </li>
        ))}
      </ul>
    </Block>
  );
}
