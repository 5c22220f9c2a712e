import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, JoinRequest } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { IconButton } from "@/ui/button/Button";
import { Block } from "@/ui/details/Details";
import { Badge } from "@/ui/feedback/states";
import { PersonLine } from "@/ui/person/PersonLine";
import { answerJoinRequest, joinRequestsQuery } from "../api";
import styles from "./GroupDetails.module.css";

const NONE: JoinRequest[] = [];

/** Who wants to join; for admins. */
export function JoinRequests({ group }: { group: Conversation }) {
  const { t } = useTranslation();
  const http = useHttp();
  const queries = useQueryClient();
  const fail = useFailure();
  const live = useChat((s) => s.joinRequests[group.id]) ?? NONE;
  const options = useMemo(() => joinRequestsQuery(http, group.id), [http, group.id]);
  const { data: requests = NONE } = useQuery(options);

  // A request that arrives while the details are open.
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: options.queryKey });
  }, [live, queries, options]);

  if (requests.length === 0) return null;

  async function answer(userId: string, decision: "approve" | "reject") {
    queries.setQueryData(options.queryKey, (before) => before?.filter((request) => request.user.id !== userId));
    try {
      await answerJoinRequest(http, group.id, userId, decision);
    } catch (error) {
      fail(error);
    }
    await queries.invalidateQueries({ queryKey: options.queryKey });
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
