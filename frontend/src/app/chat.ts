import { createContext, useContext, useEffect, useState } from "react";
import { useStore, type StoreApi } from "zustand";
import type { Http } from "@/api/http";
import type { ChatClient } from "@/realtime/client";
import type { ChatState } from "@/realtime/state";
import type { ClientFactory } from "./clients";
import type { SessionState } from "./session";

/** The chat client of the signed-in user. */
export const ChatContext = createContext<ChatClient | undefined>(undefined);

export function useChatClient(): ChatClient {
  const client = useContext(ChatContext);
  if (!client) throw new Error("useChatClient outside ChatContext");
  return client;
}

/** Reads a part of the live state. A selector that builds an object needs `useShallow` around it. */
export function useChat<Part>(selector: (state: ChatState) => Part): Part {
  return useStore(useChatClient().store, selector);
}

/** Authorized REST, for what is asked for and not lived through: profiles, members, devices. */
export const HttpContext = createContext<Http | undefined>(undefined);

export function useHttp(): Http {
  const http = useContext(HttpContext);
  if (!http) throw new Error("useHttp outside HttpContext");
  return http;
}

/** Whether somebody is signed in, in this browser. */
export const SessionContext = createContext<StoreApi<SessionState> | undefined>(undefined);

export function useSession(): SessionState {
  const store = useContext(SessionContext);
  if (!store) throw new Error("useSession outside SessionContext");
  return useStore(store);
}

export const ClientFactoryContext = createContext<ClientFactory | undefined>(undefined);

/**
 * The chat client of whoever is signed in. It stays after the session ended, so that the page can still tell why, until
 * the next sign-in brings another.
 */
export function useSignedInClient(): ChatClient | undefined {
  const create = useContext(ClientFactoryContext);
  if (!create) throw new Error("useSignedInClient outside ClientFactoryContext");
  const { userId } = useSession();
  const [made, setMade] = useState<{ userId: string; client: ChatClient }>();
  useEffect(() => {
    if (!userId) return;
    let current = true;
    create(userId).then(
      (client) => {
        if (current) setMade({ userId, client });
      },
      (error: unknown) => reportError(error),
    );
    return () => {
      current = false;
    };
  }, [create, userId]);
  return userId === undefined || userId === made?.userId ? made?.client : undefined;
}
