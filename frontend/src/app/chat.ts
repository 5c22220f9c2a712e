import { createContext, useContext } from "react";
import { useStore, type StoreApi } from "zustand";
import type { Http } from "@/api/http";
import type { WireEvent } from "@/api/types";
import type { ChatActions } from "@/realtime/actions";
import type { ChatState } from "@/realtime/state";
import type { SessionState } from "./session";

/** What views need of the chat client. */
export interface ChatClient {
  store: StoreApi<ChatState>;
  actions: ChatActions;
  /** Applies the answer to a change this page made, without waiting for the event about it. */
  applyLocal(event: WireEvent): void;
}

/** The one chat client of the page; set by `main.tsx`. */
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
