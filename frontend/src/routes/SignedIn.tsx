import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { Suspense, useCallback, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ChatContext, useChat, useSession, useSignedInClient } from "@/app/chat";
import { fetchAhead, lazily, onDemand } from "@/app/lazily";
import { useNow } from "@/app/now";
import { useLook } from "@/app/look";
import { Rail, TabBar, type Section } from "@/app/shell/Navigation";
import styles from "@/app/shell/Shell.module.css";
import { useAttention } from "@/app/shell/useAttention";
import { useHeadingFocus } from "@/app/shell/useHeadingFocus";
import { useKeptFocus } from "@/app/shell/useKeptFocus";
import { usePageTitle } from "@/app/shell/usePageTitle";
import { useViewportHeight } from "@/app/shell/useViewportHeight";
import { isFirstRun } from "@/app/welcomed";
import { titleOf } from "@/chat/names";
import { closeViewer, useViewerStore } from "@/chat/viewer";
import { unreadTotal } from "@/features/conversations/model";
import { useExportNotice } from "@/features/account/useExportNotice";
import { Toasts } from "@/features/alerts/Toasts";
import { useSound } from "@/features/alerts/useSound";
import type { Target } from "@/features/switcher/Switcher";
import { holdSnacks } from "@/ui/feedback/snack";
import { ErrorState } from "@/ui/feedback/states";
import { Logo } from "@/ui/Logo";
import { PANES, useMedia } from "@/ui/media";
import { OverlayContext, type Overlay } from "./overlays";
import { Redirect } from "./Redirect";
import { RequestToasts } from "./RequestToasts";
import { useBackCloses } from "./useBackCloses";
import { useShortcuts } from "./useShortcuts";
import { useShowInChat } from "./useShowInChat";
import { useSignOut } from "./useSignOut";
import { useOpenParams } from "./useOpenParams";

const SignInPage = onDemand(() =>
  import("@/features/auth/components/SignInPage").then((module) => ({ default: module.SignInPage })),
);
const DeletionPage = onDemand(() => import("@/features/account/components/DeletionPage"));
const Switcher = lazily(() => import("@/features/switcher/Switcher"));
const NewGroupDialog = lazily(() => import("@/features/groups/components/NewGroupDialog"));
const Viewer = lazily(() => import("@/features/media/components/Viewer"));
const JoinDialog = lazily(() => import("@/features/groups/components/JoinDialog"));
const ShortcutsDialog = lazily(() => import("@/app/shortcuts/ShortcutsDialog"));

/** Lets in who is signed in, and sends others to the sign-in and back. */
export function SignedIn() {
  const { status } = useSession();
  const client = useSignedInClient();
  if (client) {
    return (
      <ChatContext value={client}>
        <WithClient />
      </ChatContext>
    );
  }
  if (status === "signed_out") return <ToSignIn />;
  return <Splash>{status === "unreachable" && <ErrorState onRetry={() => window.location.reload()} />}</Splash>;
}

function Splash({ children }: { children?: ReactNode }) {
  return <main className={styles.splash}>{children || <Logo size={56} />}</main>;
}

function ToSignIn() {
  const { href } = useLocation();
  return <Redirect to="/sign-in" search={{ return_to: href === "/" ? undefined : href }} />;
}

function WithClient() {
  const now = useNow();
  const { status } = useSession();
  const { href, pathname } = useLocation();
  const ended = useChat((s) => s.session.ended);
  // Nothing is stored of somebody who has just signed in here; whether to ask for their name is known in a moment.
  const unknown = useChat((s) => !s.me && s.connection.phase !== "offline");
  const firstRun = useChat((s) => isFirstRun(s.me, now));
  const leaving = useChat((s) => s.me?.deletes_at);

  if (ended) {
    const { action, reason, until } = ended;
    return (
      <Suspense>
        <SignInPage returnTo={href} refusal={{ code: action, reason, until }} />
      </Suspense>
    );
  }
  if (status === "signed_out") return <ToSignIn />;
  if (leaving) return <Leaving deletesAt={leaving} />;
  if (pathname === "/welcome") return <Outlet />;
  if (unknown) return <Splash />;
  if (firstRun) return <Redirect to="/welcome" search={{ next: href }} />;
  return <Shell />;
}

function Leaving({ deletesAt }: { deletesAt: string }) {
  const me = useChat((s) => s.me);
  const signOut = useSignOut();
  return (
    <Suspense fallback={<Splash />}>
      {me && <DeletionPage me={me} deletesAt={deletesAt} onSignOut={() => void signOut()} />}
    </Suspense>
  );
}

function sectionOf(path: string): Section | undefined {
  if (path.startsWith("/friends") || path.startsWith("/add/")) return "friends";
  if (path.startsWith("/search")) return "search";
  if (path.startsWith("/settings")) return "settings";
  if (path === "/" || path.startsWith("/chats/") || path.startsWith("/join/")) return "chats";
  return undefined;
}

const LISTS = new Set(["/", "/friends", "/search", "/settings"]);

function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const now = useNow();
  const [overlay, setOverlay] = useState<Overlay>();
  const close = useCallback(() => setOverlay(undefined), []);
  const section = sectionOf(pathname);
  const unread = useChat((s) => unreadTotal(Object.values(s.conversations), now));
  const requests = useChat(
    (s) => s.requests.filter((request) => request.direction === "incoming" && request.status === "pending").length,
  );
  const { id } = useOpenParams();
  const chatTitle = useChat((s) => {
    const conversation = (section === "chats" || section === "search") && id ? s.conversations[id] : undefined;
    return conversation && titleOf(conversation);
  });
  const toasts = useLook((s) => s.toasts);
  const panes = useMedia(PANES);
  const viewer = useViewerStore((s) => s.open);
  const showInChat = useShowInChat();

  usePageTitle(chatTitle ?? (section && t(`nav.${section}`)), unread);
  useAttention();
  useSound();
  useEffect(fetchAhead, []);
  useExportNotice(
    useCallback(() => void navigate({ to: "/settings/$section", params: { section: "data" } }), [navigate]),
  );
  useViewportHeight();
  useBackCloses(viewer !== undefined, closeViewer);
  useEffect(() => holdSnacks(viewer !== undefined), [viewer]);
  useShortcuts(setOverlay);
  const main = useHeadingFocus(pathname);
  useKeptFocus();

  const pick = (target: Target) => {
    close();
    if (target.kind === "chat") void navigate({ to: "/chats/$id", params: { id: target.id } });
    else if (target.kind === "friend") void navigate({ to: "/friends/$id", params: { id: target.id } });
    else if (target.kind === "messages") void navigate({ to: "/search", search: { q: target.query } });
    else if (target.page === "newGroup") setOverlay("newGroup");
    else if (target.page === "addFriend") void navigate({ to: "/friends/add" });
    else if (target.page === "search") void navigate({ to: "/search" });
    else if (target.page === "friends") void navigate({ to: "/friends" });
    else void navigate({ to: "/settings/$section", params: { section: target.page } });
  };

  return (
    <OverlayContext value={setOverlay}>
      <div className={styles.app} ref={main} data-view={LISTS.has(pathname) ? "list" : "page"}>
        <Rail section={section} counts={{ chats: unread, friends: requests }} />
        <Outlet />
        <TabBar section={section} counts={{ chats: unread, friends: requests }} />
      </div>
      {toasts && (
        <Toasts>
          <RequestToasts listed={section === "friends" && (panes || pathname === "/friends")} />
        </Toasts>
      )}
      <Suspense>
        {overlay === "switcher" && <Switcher onClose={close} onPick={pick} />}
        {overlay === "newGroup" && <NewGroupDialog onClose={close} />}
        {overlay === "join" && <JoinDialog onClose={close} />}
        {overlay === "shortcuts" && <ShortcutsDialog onClose={close} />}
        {viewer && (
          <Viewer target={viewer} onShowInChat={({ conversationId, seq }) => showInChat(conversationId, seq)} />
        )}
      </Suspense>
    </OverlayContext>
  );
}
