import { ApiError } from "@/api/problem";
import type { Conversation, Draft } from "@/api/types";
import type { Core } from "./core";
import { mergeDraft, sameDraft, type DraftText } from "./reducer/drafts";
import type { DraftState } from "./state";

/** A conversation's draft goes to the server at most once in this time, and when the conversation is left. */
const PAUSE_MS = 5_000;

/** Keeps what is being written, on this machine at once and at the server soon. Works in every tab. */
export interface Drafts {
  /** `leaving`: the page may be gone in a moment, so the server is told now. */
  save(id: string, draft: { text: string; reply_to?: number } | null, leaving?: boolean): void;
  resolve(id: string, keep: "mine" | "theirs"): void;
  /** Sends what waits, now. */
  flush(id: string): void;
  flushAll(): void;
  stop(): void;
}

export function createDrafts(core: Core): Drafts {
  const storedAt = new Map<string, number>();
  const timers = new Map<string, () => void>();
  const busy = new Set<string>();

  const current = (id: string): DraftState | undefined => core.state.getState().drafts[id];
  const set = (id: string, draft: DraftState | null) =>
    core.share({ type: "draft", conversationId: id, draft }, "optimistic");

  function schedule(id: string): void {
    if (timers.has(id)) return;
    const due = (storedAt.get(id) ?? -Infinity) + PAUSE_MS;
    const delay = Math.max(0, due - core.clock.now());
    timers.set(
      id,
      core.clock.after(delay, () => {
        timers.delete(id);
        void store(id);
      }),
    );
  }

  async function store(id: string, keepalive = false): Promise<void> {
    const draft = current(id);
    if (!draft?.dirty || draft.conflict || busy.has(id)) return;
    busy.add(id);
    storedAt.set(id, core.clock.now());
    const saving = textOf(draft);
    const { version } = draft;
    set(id, { ...draft, saving });
    try {
      const empty = saving.text === "" && saving.reply_to === undefined;
      const conversation = await core.http.patch<Conversation>(`/api/v1/conversations/${id}`, {
        body: { draft: empty ? null : { ...saving, version } },
        keepalive,
      });
      stored(id, saving, conversation.draft ?? { text: "", version: 0 });
    } catch (error) {
      failed(id, error);
    } finally {
      busy.delete(id);
    }
    if (current(id)?.dirty && !current(id)?.conflict) schedule(id);
  }

  function stored(id: string, saving: DraftText, answer: Draft): void {
    const draft = current(id);
    if (!draft) return;
    const { saving: _saving, dirty: _dirty, ...rest } = draft;
    if (!sameDraft(draft, saving)) set(id, { ...rest, version: answer.version, dirty: true });
    else if (draft.text === "" && draft.reply_to === undefined) set(id, null);
    else set(id, { ...rest, version: answer.version });
  }

  function failed(id: string, error: unknown): void {
    const draft = current(id);
    if (!draft) return;
    const { saving: _saving, ...rest } = draft;
    const theirs = error instanceof ApiError && error.code === "conflict" ? error.problem.draft : undefined;
    if (theirs) set(id, mergeDraft({ ...rest, dirty: true }, theirs) ?? null);
    // A refusal for good is not repeated; the text stays on this machine.
    else if (error instanceof ApiError && !error.retryable) set(id, { ...rest, dirty: false });
    else set(id, rest);
  }

  return {
    save(id, draft, leaving = false) {
      const known = current(id);
      const next = draft ?? { text: "" };
      if (known ? sameDraft(known, next) : next.text === "" && next.reply_to === undefined) return;
      const { reply_to: _reply, ...rest } = known ?? { version: 0 };
      set(id, { ...rest, ...textOf(next), version: known?.version ?? 0, dirty: true });
      if (leaving) this.flush(id);
      else schedule(id);
    },
    resolve(id, keep) {
      const { conflict, ...mine } = current(id) ?? {};
      if (!conflict) return;
      set(id, keep === "theirs" ? conflict : { ...(mine as DraftState), version: conflict.version, dirty: true });
      if (keep === "mine") schedule(id);
    },
    flush(id) {
      timers.get(id)?.();
      timers.delete(id);
      void store(id, true);
    },
    flushAll() {
      for (const id of Object.keys(core.state.getState().drafts)) this.flush(id);
    },
    stop() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

function textOf({ text, reply_to }: DraftText): { text: string; reply_to?: number } {
  return { text, ...(reply_to !== undefined && reply_to !== null && { reply_to }) };
}
