import { createHttp, type Http } from "@/api/http";
import { xhrPut } from "@/api/put";
import { sha256Hex } from "@/api/upload";
import { createChatClient, type ChatClient, type ChatClientDeps } from "./client";
import { systemClock } from "./clock";
import { browserPage } from "./page";
import { gatewayUrl, stompTransport } from "./stomp";
import { memoryStore, openStore } from "./store";
import type { Tabs } from "./tabs";

export interface BrowserClientDeps {
  session: ChatClientDeps["session"];
  tabs: Tabs;
  /** The signed-in user, by whose id the store is named. */
  userId: string;
  http?: Http;
  onFault?: (error: unknown) => void;
}

/** The chat client of this page, over the browser's own parts. */
export async function createBrowserClient(deps: BrowserClientDeps): Promise<ChatClient> {
  const chatStore = await openStore(deps.userId).catch((error: unknown) => {
    deps.onFault?.(error);
    return memoryStore();
  });
  return createChatClient({
    http: deps.http ?? createHttp({ tokens: deps.session }),
    session: deps.session,
    tabs: deps.tabs,
    userId: deps.userId,
    chatStore,
    transport: stompTransport(gatewayUrl(window.location)),
    upload: { put: xhrPut, digest: sha256Hex },
    clock: systemClock,
    random: Math.random,
    page: browserPage,
    ...(deps.onFault && { onFault: deps.onFault }),
  });
}
