import { useLocation, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import styles from "@/app/shell/Shell.module.css";
import { SectionLayout } from "@/app/shell/SectionLayout";
import { AddFriend } from "@/features/friends/components/AddFriend";
import { FriendPage } from "@/features/friends/components/FriendPage";
import { FriendsList } from "@/features/friends/components/FriendsList";
import { parseCode } from "@/ui/field/code";
import { useOpenParams } from "./useOpenParams";

export function FriendsSection() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { id } = useOpenParams();
  return (
    <SectionLayout
      label={t("friends.title")}
      view={pathname === "/friends" ? "list" : "page"}
      list={<FriendsList currentId={id} />}
    />
  );
}

export function AddFriendRoute() {
  const { code } = useOpenParams();
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        <AddFriend key={code} initialCode={parseCode(code ?? "")} backTo="/friends" />
      </main>
    </div>
  );
}

export function FriendRoute() {
  const { id } = useParams({ from: "/signed-in/friends/friends/$id" });
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        <FriendPage key={id} userId={id} />
      </main>
    </div>
  );
}
