import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChat } from "@/app/chat";
import styles from "@/app/shell/Shell.module.css";
import { SectionLayout } from "@/app/shell/SectionLayout";
import { ConversationList } from "@/features/conversations/components/ConversationList";
import { ConnectionBanner } from "@/features/messages/components/ConnectionBanner";
import { focusComposer } from "@/features/messages/focusComposer";
import { buttonClass } from "@/ui/button/Button";
import { Empty } from "@/ui/feedback/states";
import { useOverlay } from "./overlays";
import { useNewChatMenu } from "./useNewChatMenu";
import { useOpenParams } from "./useOpenParams";

export function ChatsSection() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { id } = useOpenParams();
  const open = useOverlay();
  const onNew = useNewChatMenu();
  return (
    <SectionLayout
      label={t("nav.chats")}
      view={pathname === "/" ? "list" : "page"}
      list={
        <>
          <ConversationList currentId={id} onAgain={focusComposer} onSwitcher={() => open("switcher")} onNew={onNew} />
          {/* An open chat says it below its header. */}
          {pathname === "/" && <ConnectionBanner />}
        </>
      }
    />
  );
}

/** Beside the list while no chat is open. */
export function NoChat() {
  const { t } = useTranslation();
  const any = useChat((s) => Object.keys(s.conversations).length > 0);
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        {any ? (
          <Empty quiet title={t("chats.pick.title")} text={t("chats.pick.text")} />
        ) : (
          <Empty
            title={t("chats.first.title")}
            text={t("chats.first.text")}
            action={
              <Link to="/friends/add" className={buttonClass("primary")}>
                {t("friends.add")}
              </Link>
            }
          />
        )}
      </main>
    </div>
  );
}
