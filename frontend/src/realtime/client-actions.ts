import { ApiError } from "@/api/problem";
import type { Conversation, Entry } from "@/api/types";
import type { ChatActions } from "./actions";
import type { Core } from "./core";
import { EARLIER_DRAFT_LIFE_MS } from "./draft-loss";
import type { Drafts } from "./drafts";
import { firstStep } from "./reducer/journey";
import { OUTBOX_LIFE_MS } from "./reducer/outbox";
import { TYPING_PAUSE_MS } from "./presence";
import type { Command } from "./sharing";
import type { PendingMessage } from "./state";
import type { Timelines } from "./timelines";
import { localTime, uuidV7 } from "./uuid";

export interface ActionDeps {
  core: Core;
  timelines: Timelines;
  drafts: Drafts;
  command: (command: Command) => void;
  setOpen: (id: string | undefined) => void;
  isOpen: (id: string) => boolean;
  refreshProfile: () => Promise<void>;
  signOut: () => Promise<void>;
}

export function createActions(deps: ActionDeps): ChatActions {
  const { core, timelines, drafts } = deps;
  const typedAt = new Map<string, number>();
  /** Messages that are sent in one go keep their order in the store, which knows it by their times. */
  let lastSentAt = 0;

  /** Own settings of a conversation; the answer is what all tabs show. */
  async function settings(id: string, body: Record<string, unknown>): Promise<void> {
    const conversation = await core.http.patch<Conversation>(`/api/v1/conversations/${id}`, { body });
    core.share({ type: "wire", event: { type: "conversation", conversation }, arrived: false }, "optimistic");
  }

  function pendingOf(clientMsgId: string): PendingMessage | undefined {
    return Object.values(core.state.getState().outbox)
      .flat()
      .find((message) => message.clientMsgId === clientMsgId);
  }

  return {
    async openConversation(id) {
      deps.setOpen(id);
      await timelines.open(id);
    },
    closeConversation(id) {
      if (deps.isOpen(id)) deps.setOpen(undefined);
      drafts.flush(id);
      timelines.close(id);
    },
    loadOlder: (id) => void timelines.older(id),
    loadNewer: (id) => void timelines.newer(id),
    loadAround: (id, seq) => timelines.around(id, seq),
    loadGap: (id, afterSeq, fill) => void timelines.gap(id, afterSeq, fill),
    jumpToNewest: (id) => void timelines.newer(id),
    trim: (id, at, keep) => timelines.trim(id, at, keep),

    send(id, content, file) {
      const now = Math.max(core.clock.now(), lastSentAt + 1);
      lastSentAt = now;
      const clientMsgId = uuidV7(now);
      const message: PendingMessage = {
        state: "waiting",
        clientMsgId,
        conversationId: id,
        content,
        ...(file && { file }),
        clientTime: localTime(new Date(now)),
        createdAt: now,
        expiresAt: now + OUTBOX_LIFE_MS,
        attempts: 0,
        steps: [firstStep(now)],
      };
      core.share({ type: "outbox", change: { kind: "queued", message } }, "optimistic");
      return clientMsgId;
    },
    retry(clientMsgId) {
      // A message past its time is sent again for another span; its id stays what it was.
      const expiresAt = core.clock.now() + OUTBOX_LIFE_MS;
      core.share({ type: "outbox", change: { kind: "retried", clientMsgId, expiresAt } }, "optimistic");
    },
    discard(clientMsgId) {
      const message = pendingOf(clientMsgId);
      if (!message) return;
      // Its text may still be wanted, by whom the reason it was refused for tells to write elsewhere.
      const { content } = message;
      if (content.type === "text" && message.state !== "sending") drafts.keep(message.conversationId, content);
      core.share({ type: "outbox", change: { kind: "discarded", clientMsgId } }, "optimistic");
    },
    async unsend(id, seq) {
      core.local({ type: "unsending", conversationId: id, seq, on: true });
      try {
        const entry = await core.http.post<Entry>(`/api/v1/conversations/${id}/entries/${seq}/unsend`, { body: {} });
        const event = { type: "entry", conversation_id: id, seq: entry.seq, entry } as const;
        core.share({ type: "wire", event, arrived: false });
      } catch (error) {
        core.local({ type: "unsending", conversationId: id, seq, on: false });
        throw error;
      }
    },

    markViewed(id, seq) {
      if ((core.state.getState().conversations[id]?.read_seq ?? seq) >= seq) return;
      core.share({ type: "viewed", conversationId: id, seq }, "optimistic");
    },
    typing(id) {
      const now = core.clock.now();
      if (now - (typedAt.get(id) ?? -Infinity) < TYPING_PAUSE_MS) return;
      typedAt.set(id, now);
      deps.command({ kind: "typing", conversationId: id });
    },
    saveDraft: (id, draft, how) => drafts.save(id, draft, how),
    keepDraft: (id, draft) => drafts.keep(id, draft),
    earlierDrafts: (id) => core.store.earlierDrafts(id, core.clock.now() - EARLIER_DRAFT_LIFE_MS),
    journeyOf: (clientMsgId) => core.store.journey(clientMsgId),
    resolveDraft: (id, keep) => drafts.resolve(id, keep),
    mute: (id, until) => settings(id, { muted_until: until }),
    pin: (id, pinned) => settings(id, { pinned }),
    async hide(id) {
      try {
        await core.http.delete(`/api/v1/conversations/${id}`);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
      }
      const event = { type: "conversation_removed", conversation_id: id, reason: "hidden" } as const;
      core.share({ type: "wire", event, arrived: false }, "optimistic");
    },
    presence: (state) => deps.command({ kind: "presence", state }),
    refreshProfile: deps.refreshProfile,
    dismissToast: (id) => core.local({ type: "toast_dismissed", id }),

    async signOut(options) {
      const open = Object.values(core.state.getState().outbox)
        .flat()
        .filter((message) => message.confirmedSeq === undefined && message.state !== "refused");
      if (open.length > 0 && !options?.force) return { blockedByOutbox: open.length };
      await deps.signOut();
      return {};
    },
  };
}
