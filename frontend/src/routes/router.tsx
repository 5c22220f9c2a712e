import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { ahead, fetched } from "@/app/lazily";
import { safeReturn } from "@/features/auth/model";
import { ChatRoute } from "./ChatRoute";
import { ChatsSection, NoChat } from "./ChatsSection";
import type { FoundSearch } from "./found";
import { HitRoute } from "./HitRoute";
import { NotFound } from "./NotFound";
import { Pending } from "./Pending";
import { Root } from "./Root";
import { SignedIn } from "./SignedIn";

interface SignInSearch {
  return_to?: string;
  error?: string;
  notice?: string;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** Words that somebody typed; the router reads "7" and "true" as what they look like. */
const words = (value: unknown) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;

const seq = (value: unknown) => {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : 0;
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

interface ChatSearch {
  /** Looks for these words in the chat; empty before any are typed. */
  find?: string;
  /** `seq` of the message to show. */
  at?: number;
}

const friendsSection = ahead(() => import("./FriendsSection"));
const searchSection = ahead(() => import("./SearchSection"));
const settingsSection = ahead(() => import("./SettingsSection"));

/** Until a section has come, ms; a quick one shows at once what it is. */
const PENDING = { pendingComponent: Pending, pendingMs: 150, pendingMinMs: 0 };

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): SignInSearch => ({
    return_to: text(search.return_to),
    error: text(search.error),
    notice: text(search.notice),
  }),
  component: lazyRouteComponent(() => fetched(() => import("./SignInRoute")), "SignInRoute"),
});

const signedIn = createRoute({ getParentRoute: () => root, id: "signed-in", component: SignedIn });

const welcome = createRoute({
  getParentRoute: () => signedIn,
  path: "/welcome",
  validateSearch: (search): { next?: string } => ({ next: search.next ? safeReturn(search.next) : undefined }),
  component: lazyRouteComponent(() => fetched(() => import("./WelcomeRoute")), "WelcomeRoute"),
});

const chats = createRoute({ getParentRoute: () => signedIn, id: "chats", component: ChatsSection });
const noChat = createRoute({ getParentRoute: () => chats, path: "/", component: NoChat });
const chat = createRoute({
  getParentRoute: () => chats,
  path: "/chats/$id",
  validateSearch: (search): ChatSearch => ({ find: words(search.find), at: seq(search.at) }),
  component: ChatRoute,
});
const details = createRoute({ getParentRoute: () => chat, path: "/details" });
const join = createRoute({
  getParentRoute: () => chats,
  path: "/join/$code",
  component: lazyRouteComponent(() => fetched(() => import("./JoinRoute")), "JoinRoute"),
});

const friends = createRoute({
  getParentRoute: () => signedIn,
  id: "friends",
  component: lazyRouteComponent(friendsSection, "FriendsSection"),
  ...PENDING,
});
const friendsHome = createRoute({
  getParentRoute: () => friends,
  path: "/friends",
  component: lazyRouteComponent(friendsSection, "AddFriendRoute"),
});
const addFriend = createRoute({
  getParentRoute: () => friends,
  path: "/friends/add",
  component: lazyRouteComponent(friendsSection, "AddFriendRoute"),
});
const addByCode = createRoute({
  getParentRoute: () => friends,
  path: "/add/$code",
  component: lazyRouteComponent(friendsSection, "AddFriendRoute"),
});
const friend = createRoute({
  getParentRoute: () => friends,
  path: "/friends/$id",
  component: lazyRouteComponent(friendsSection, "FriendRoute"),
});

const search = createRoute({
  getParentRoute: () => signedIn,
  id: "search",
  validateSearch: (search): FoundSearch => ({
    q: words(search.q),
    chat: text(search.chat),
    sender: text(search.sender),
    since: text(search.since),
    until: text(search.until),
    sort: search.sort === "relevance" ? search.sort : undefined,
    at: seq(search.at),
  }),
  component: lazyRouteComponent(searchSection, "SearchSection"),
  ...PENDING,
});
const searchHome = createRoute({
  getParentRoute: () => search,
  path: "/search",
  component: lazyRouteComponent(searchSection, "NoHit"),
});
const searchHit = createRoute({
  getParentRoute: () => search,
  path: "/search/$id",
  component: HitRoute,
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  id: "settings",
  component: lazyRouteComponent(settingsSection, "SettingsSection"),
  ...PENDING,
});
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/settings",
  component: lazyRouteComponent(settingsSection, "SettingsPage"),
});
const settingsPage = createRoute({
  getParentRoute: () => settings,
  path: "/settings/$section",
  component: lazyRouteComponent(settingsSection, "SettingsPage"),
});

const tree = root.addChildren([
  signIn,
  signedIn.addChildren([
    welcome,
    chats.addChildren([noChat, chat.addChildren([details]), join]),
    search.addChildren([searchHome, searchHit]),
    friends.addChildren([friendsHome, addFriend, addByCode, friend]),
    settings.addChildren([settingsHome, settingsPage]),
  ]),
]);

export function createAppRouter() {
  return createRouter({ routeTree: tree, defaultPreload: "intent", scrollRestoration: false });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
