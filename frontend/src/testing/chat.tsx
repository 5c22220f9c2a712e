import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { vi, type Mocked } from "vitest";
import { createStore } from "zustand/vanilla";
import type { Conversation, User } from "@/api/types";
import { ChatContext } from "@/app/chat";
import type { ChatActions } from "@/realtime/actions";
import type { ChatClient } from "@/realtime/client";
import { initialState, type ChatState } from "@/realtime/state";

export const ME: User = { id: "1", username: "Lena Hartmann", relation: "self" };
export const AMARA: User = { id: "5", username: "Amara Okafor", relation: "friend" };

export function conversation(part: Partial<Conversation> = {}): Conversation {
  return {
    id: "100",
    kind: "direct",
    peer: AMARA,
    member_count: 2,
    encrypted: false,
    last_seq: 0,
    read_seq: 0,
    unread: 0,
    pinned: false,
    can_send: true,
    state: "active",
    members_version: 1,
    ...part,
  };
}

/** A real store behind actions that only record: for views, which read the one and call the others. */
export function chatWith(part: Partial<ChatState> = {}): { client: ChatClient; actions: Mocked<ChatActions> } {
  const actions: Mocked<ChatActions> = {
    openConversation: vi.fn(() => Promise.resolve()),
    closeConversation: vi.fn(),
    loadOlder: vi.fn(),
    loadNewer: vi.fn(),
    loadAround: vi.fn(() => Promise.resolve()),
    loadGap: vi.fn(),
    jumpToNewest: vi.fn(),
    trim: vi.fn(),
    send: vi.fn(() => "client-id"),
    retry: vi.fn(),
    discard: vi.fn(),
    unsend: vi.fn(() => Promise.resolve()),
    markViewed: vi.fn(),
    typing: vi.fn(),
    saveDraft: vi.fn(),
    resolveDraft: vi.fn(),
    keepDraft: vi.fn(),
    earlierDrafts: vi.fn(() => Promise.resolve([])),
    journeyOf: vi.fn(() => Promise.resolve(undefined)),
    mute: vi.fn(() => Promise.resolve()),
    pin: vi.fn(() => Promise.resolve()),
    hide: vi.fn(() => Promise.resolve()),
    presence: vi.fn(),
    refreshProfile: vi.fn(() => Promise.resolve()),
    dismissToast: vi.fn(),
    signOut: vi.fn(() => Promise.resolve({})),
  };
  const store = createStore<ChatState>(() => ({ ...initialState(0), ready: true, me: ME, ...part }));
  const client: ChatClient = { store, actions, start: () => Promise.resolve(), stop: vi.fn(), applyLocal: vi.fn() };
  return { client, actions };
}

export function renderWithChat(element: ReactElement, client: ChatClient) {
  return render(element, { wrapper: ({ children }) => <ChatContext value={client}>{children}</ChatContext> });
}
