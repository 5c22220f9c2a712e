import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { safeReturn } from "@/features/auth/model";
import { ChatRoute } from "./ChatRoute";
import { ChatsSection, NoChat } from "./ChatsSection";
import { NotFound } from "./NotFound";
import { Root } from "./Root";
import { SignedIn } from "./SignedIn";

interface SignInSearch {
  return_to?: string;
  error?: string;
  notice?: string;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): SignInSearch => ({
    return_to: text(search.return_to),
    error: text(search.error),
    notice: text(search.notice),
  }),
  component: lazyRouteComponent(() => import("./SignInRoute"), "SignInRoute"),
});

const signedIn = createRoute({ getParentRoute: () => root, id: "signed-in", component: SignedIn });

const welcome = createRoute({
  getParentRoute: () => signedIn,
  path: "/welcome",
  validateSearch: (search): { next?: string } => ({ next: search.next ? safeReturn(search.next) : undefined }),
  component: lazyRouteComponent(() => import("./WelcomeRoute"), "WelcomeRoute"),
});

const chats = createRoute({ getParentRoute: () => signedIn, id: "chats", component: ChatsSection });
const noChat = createRoute({ getParentRoute: () => chats, path: "/", component: NoChat });
const chat = createRoute({
  getParentRoute: () => chats,
  path: "/chats/$id",
  validateSearch: (search): { at?: number } => ({ at: Number(search.at) > 0 ? Number(search.at) : undefined }),
  component: ChatRoute,
});
const details = createRoute({ getParentRoute: () => chat, path: "/details" });
const join = createRoute({
  getParentRoute: () => chats,
  path: "/join/$code",
  component: lazyRouteComponent(() => import("./JoinRoute"), "JoinRoute"),
});

const friends = createRoute({
  getParentRoute: () => signedIn,
  id: "friends",
  component: lazyRouteComponent(() => import("./FriendsSection"), "FriendsSection"),
});
const friendsHome = createRoute({
  getParentRoute: () => friends,
  path: "/friends",
  component: lazyRouteComponent(() => import("./FriendsSection"), "AddFriendRoute"),
});
const addFriend = createRoute({
  getParentRoute: () => friends,
  path: "/friends/add",
  component: lazyRouteComponent(() => import("./FriendsSection"), "AddFriendRoute"),
});
const addByCode = createRoute({
  getParentRoute: () => friends,
  path: "/add/$code",
  component: lazyRouteComponent(() => import("./FriendsSection"), "AddFriendRoute"),
});
const friend = createRoute({
  getParentRoute: () => friends,
  path: "/friends/$id",
  component: lazyRouteComponent(() => import("./FriendsSection"), "FriendRoute"),
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  id: "settings",
  component: lazyRouteComponent(() => import("./SettingsSection"), "SettingsSection"),
});
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/settings",
  component: lazyRouteComponent(() => import("./SettingsSection"), "SettingsPage"),
});
const settingsPage = createRoute({
  getParentRoute: () => settings,
  path: "/settings/$section",
  component: lazyRouteComponent(() => import("./SettingsSection"), "SettingsPage"),
});

const tree = root.addChildren([
  signIn,
  signedIn.addChildren([
    welcome,
    chats.addChildren([noChat, chat.addChildren([details]), join]),
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
