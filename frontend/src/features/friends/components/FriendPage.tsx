import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useChat, useHttp } from "@/app/chat";
import { traceOf } from "@/app/failure";
import { useNow } from "@/app/now";
import { isOnlineFriend } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { Button } from "@/ui/button/Button";
import { Block, Hero } from "@/ui/details/Details";
import { Empty, ErrorState, Skeletons } from "@/ui/feedback/states";
import { Card, Page } from "@/ui/page/Page";
import { userQuery } from "../api";
import { useOpenDirect } from "../useOpenDirect";
import { usePersonActs } from "../usePersonActs";
import styles from "./FriendPage.module.css";

/** A person as far as one may see them. */
export function FriendPage({ userId }: { userId: string }) {
  const { t, i18n } = useTranslation();
  const http = useHttp();
  const now = useNow();
  const openDirect = useOpenDirect();
  const query = useQuery(userQuery(http, userId));
  const friend = useChat((s) => s.friends[userId]);
  const brief = useChat((s) => s.users[userId]);
  const online = useChat((s) => isOnlineFriend(userId, s));
  const user = friend ?? query.data;
  const acts = usePersonActs(userId, user?.username ?? "");

  if (!user) {
    return (
      <Page title={t("friends.title")} backTo="/friends">
        {!query.isError ? (
          <Skeletons rows={2} />
        ) : query.error instanceof ApiError && query.error.code === "not_found" ? (
          <Empty quiet title={t("friends.gone")} />
        ) : (
          <ErrorState trace={traceOf(query.error)} onRetry={() => void query.refetch()} />
        )}
      </Page>
    );
  }

  const presence = friend
    ? presenceText({ online, lastOnline: brief?.last_online ?? friend.last_online }, now, i18n.language, t)
    : undefined;
  const introduction = friend?.introduction ?? query.data?.introduction;
  const gender = friend?.gender ?? query.data?.gender;
  return (
    <Page backTo="/friends">
      <Card className={styles.card}>
        <Hero page id={user.id} name={user.username} src={user.avatar_url} online={online} below={presence}>
          {introduction && <p className={styles.introduction}>{introduction}</p>}
          <div className={styles.buttons}>
            {friend && (
              <Button variant="primary" icon="chat-circle" onClick={() => void openDirect(userId)}>
                {t("friends.message")}
              </Button>
            )}
          </div>
        </Hero>
        {gender && (
          <Block title={t("profile.gender")}>
            <p>{t(`profile.genders.${gender}`)}</p>
          </Block>
        )}
        <Block title={t("friends.manage")}>
          <div className={styles.manage}>
            {friend && (
              <Button variant="dangerQuiet" size="sm" icon="user-minus" onClick={() => void acts.unfriend()}>
                {t("friends.unfriend")}
              </Button>
            )}
            {acts.blocked ? (
              <Button variant="line" size="sm" onClick={() => void acts.unblock()}>
                {t("friends.unblock")}
              </Button>
            ) : (
              <Button variant="dangerQuiet" size="sm" icon="prohibit" onClick={() => void acts.block()}>
                {t("friends.block")}
              </Button>
            )}
          </div>
        </Block>
      </Card>
    </Page>
  );
}
