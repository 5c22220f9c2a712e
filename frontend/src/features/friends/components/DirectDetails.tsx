import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import type { User } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { useNow } from "@/app/now";
import { isOnlineFriend } from "@/chat/names";
import { presenceText } from "@/i18n/presence";
import { Button } from "@/ui/button/Button";
import { Block, Details, Hero, QuickActions, type QuickAction } from "@/ui/details/Details";
import { userQuery } from "../api";
import { usePersonActs } from "../usePersonActs";
import styles from "./FriendPage.module.css";

interface DirectDetailsProps {
  peer: User;
  mute: QuickAction;
  onClose: () => void;
  /** What else there is to tell of the conversation. */
  children?: ReactNode;
}

/** The person of a direct chat. */
export function DirectDetails({ peer, mute, onClose, children }: DirectDetailsProps) {
  const { t, i18n } = useTranslation();
  const http = useHttp();
  const now = useNow();
  const friend = useChat((s) => s.friends[peer.id]);
  const brief = useChat((s) => s.users[peer.id]);
  const online = useChat((s) => isOnlineFriend(peer.id, s));
  const { data } = useQuery(userQuery(http, peer.id));
  const acts = usePersonActs(peer.id, peer.username);
  const introduction = friend?.introduction ?? data?.introduction;
  const presence = friend
    ? presenceText({ online, lastOnline: brief?.last_online ?? friend.last_online }, now, i18n.language, t)
    : undefined;

  return (
    <Details onClose={onClose}>
      <Hero id={peer.id} name={peer.username} src={peer.avatar_url} online={online} below={presence}>
        {introduction && <p className={styles.introduction}>{introduction}</p>}
      </Hero>
      <QuickActions actions={[mute]} />
      {children}
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
    </Details>
  );
}
