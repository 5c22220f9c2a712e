import { Link, useLocation, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { lazily } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useChat } from "@/app/chat";
import { changeLook, useLook } from "@/app/look";
import { useNow } from "@/app/now";
import styles from "@/app/shell/Shell.module.css";
import { isMuted, titleOf } from "@/chat/names";
import { useConversationMenu } from "@/features/conversations/components/useConversationMenu";
import { ChatView } from "@/features/messages/components/ChatView";
import type { Filters } from "@/features/search/model";
import { buttonClass } from "@/ui/button/Button";
import type { QuickAction } from "@/ui/details/Details";
import { Empty, Skeletons } from "@/ui/feedback/states";
import { useMedia, WIDE } from "@/ui/media";
import { openMenu, type MenuItem } from "@/ui/menu/store";
import { useShowInChat } from "./useShowInChat";

const GroupDetails = lazily(() =>
  import("@/features/groups/components/GroupDetails").then((module) => ({ default: module.GroupDetails })),
);
const SharedMedia = lazily(() =>
  import("@/features/media/components/SharedMedia").then((module) => ({ default: module.SharedMedia })),
);
const FindBar = lazily(() => import("@/features/search/components/FindBar"));
const DirectDetails = lazily(() =>
  import("@/features/friends/components/DirectDetails").then((module) => ({ default: module.DirectDetails })),
);

const NO_WORDS: string[] = [];

/** A chat as the list of chats opens it; `find` in the address searches it. */
export function ChatRoute() {
  const { id } = useParams({ from: "/signed-in/chats/chats/$id" });
  const { find, at } = useSearch({ from: "/signed-in/chats/chats/$id" });
  const navigate = useNavigate();
  return (
    <ChatPage
      id={id}
      at={at}
      find={find === undefined ? undefined : { q: find, chat: id, sort: "newest" }}
      onQuery={(q) => void navigate({ to: "/chats/$id", params: { id }, search: { find: q }, replace: true })}
      onGo={(seq) => void navigate({ to: "/chats/$id", params: { id }, search: { find, at: seq }, replace: true })}
      onCloseFind={() => void navigate({ to: "/chats/$id", params: { id }, replace: true })}
    />
  );
}

interface ChatPageProps {
  id: string;
  /** `seq` of the message to show. */
  at: number | undefined;
  /** What is looked for in this chat. */
  find: (Filters & { chat: string }) | undefined;
  onGo: (seq: number) => void;
  onCloseFind: () => void;
  /** With it the words are typed above the messages; without it in the list beside the chat, which keeps the focus. */
  onQuery?: (q: string) => void;
}

/** A chat and, beside it, over it or in its place, its details. */
export function ChatPage({ id, at, find, onGo, onCloseFind, onQuery }: ChatPageProps) {
  const { t } = useTranslation();
  const conversation = useChat((s) => s.conversations[id]);
  const ready = useChat((s) => s.ready);
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const router = useRouter();
  const wide = useMedia(WIDE);
  const remembered = useLook((s) => s.details);
  const onRoute = pathname.endsWith("/details");
  const open = wide ? remembered || onRoute : onRoute;
  const menuFor = useConversationMenu();
  const [words, setWords] = useState(NO_WORDS);

  if (!conversation) {
    return (
      <div className={styles.stage}>
        <main className={styles.sheet} data-pane>
          {ready ? (
            <Empty
              quiet
              title={t("chat.gone")}
              action={
                <Link to="/" className={buttonClass("line")}>
                  {t("chat.back")}
                </Link>
              }
            />
          ) : (
            <Skeletons rows={6} />
          )}
        </main>
      </div>
    );
  }

  function closeDetails() {
    if (wide) changeLook({ details: false });
    if (!onRoute) return;
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: "/chats/$id", params: { id }, replace: true });
  }

  function toggleDetails() {
    if (open) closeDetails();
    else if (wide) changeLook({ details: true });
    else void navigate({ to: "/chats/$id/details", params: { id } });
  }

  const openFind = () => void navigate({ to: "/chats/$id", params: { id }, search: { find: find?.q ?? "" } });
  const findItem: MenuItem = {
    id: "find",
    label: t("search.inChat.name"),
    icon: "magnifying-glass",
    onSelect: openFind,
  };
  const detailsItem: MenuItem = {
    id: "details",
    label: t("chat.details"),
    icon: "info",
    onSelect: toggleDetails,
  };

  return (
    <div className={styles.stage} data-stage data-details={open || undefined}>
      <main className={`${styles.sheet} ${styles.chat}`} data-pane>
        <ChatView
          key={id}
          conversation={conversation}
          from={onQuery ? "chats" : "search"}
          at={at}
          words={find && words}
          keepFocus={find !== undefined}
          detailsOpen={open}
          onDetails={toggleDetails}
          onFind={openFind}
          onMenu={(opener) =>
            openMenu(opener, titleOf(conversation), [findItem, detailsItem, ...menuFor(conversation)])
          }
        >
          {find && (
            <Suspense>
              <FindBar filters={find} at={at} onGo={onGo} onWords={setWords} onClose={onCloseFind} onQuery={onQuery} />
            </Suspense>
          )}
        </ChatView>
      </main>
      {open && !wide && (
        <button type="button" className={styles.scrim} aria-label={t("chat.closeDetails")} onClick={closeDetails} />
      )}
      {open && (
        <aside className={`${styles.sheet} ${styles.details}`} aria-label={t("chat.details")} data-pane>
          <Suspense fallback={<Skeletons rows={4} />}>
            <ConversationDetails key={id} conversation={conversation} onClose={closeDetails} />
          </Suspense>
        </aside>
      )}
    </div>
  );
}

function ConversationDetails({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const now = useNow();
  const menuFor = useConversationMenu();
  const showInChat = useShowInChat();
  const shared = (
    <Suspense>
      <SharedMedia conversationId={conversation.id} onShowInChat={(seq) => showInChat(conversation.id, seq)} />
    </Suspense>
  );
  const muted = isMuted(conversation, now);
  const mute: QuickAction = {
    id: "mute",
    icon: muted ? "bell-slash" : "bell",
    label: t(muted ? "chat.muted" : "chat.muteShort"),
    pressed: muted,
    onSelect: (opener) =>
      openMenu(
        opener,
        t("chat.muteFor"),
        menuFor(conversation).filter((item) => ["hour", "eightHours", "week", "always", "unmute"].includes(item.id)),
      ),
  };
  if (conversation.kind === "direct") {
    if (!conversation.peer) return null;
    return (
      <DirectDetails peer={conversation.peer} mute={mute} onClose={onClose}>
        {shared}
      </DirectDetails>
    );
  }
  return (
    <GroupDetails
      group={conversation}
      mute={mute}
      onClose={onClose}
      onPerson={(userId) => void navigate({ to: "/friends/$id", params: { id: userId } })}
    >
      {shared}
    </GroupDetails>
  );
}
