import { ApiError } from "@/api/problem";
import type { Conversation, Draft } from "@/api/types";
import type { Core } from "./core";
import { isLoss } from "./draft-loss";
import type { LastWords } from "./last-words";
import { mergeDraft, sameDraft, type DraftText } from "./reducer/drafts";
import type { DraftState } from "./state";

/** A conversation's draft goes to the server at most once in this time, and when the conversation is left. */
const PAUSE_MS = 5_000;

/** Keeps what is being written, on this machine at once and at the server soon. Works in every tab. */
export interface Drafts {
  /** `leaving`: the page may be gone in a moment, so the server is told now. `sent`: nothing is lost with the text. */
  save(id: string, draft: { text: string; reply_to?: number } | null, how?: "leaving" | "sent"): void;
  resolve(id: string, keep: "mine" | "theirs"): void;
  /** Keeps a text among the earlier drafts of this device. */
  keep(id: string, draft: DraftText): void;
  /** Sends what waits, now. */
  flush(id: string): void;
  flushAll(): void;
  /** Sends what had to wait for the connection. */
  onLive(): void;
  /** Goes on from what was being written when a page of this user went. */
  resume(): void;
  stop(): void;
}

export function createDrafts(core: Core, words: LastWords): Drafts {
  const storedAt = new Map<string, number>();
  const timers = new Map<string, () => void>();
  const busy = new Set<string>();
  /** The text of each conversation that would be missed: the longest one since the last that was kept. */
  const peaks = new Map<string, DraftText>();

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
    // Which version the server has by now is known when this device has caught up.
    if (core.state.getState().connection.phase !== "live") return;
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
    if (sameDraft(draft, saving)) words.drop(id);
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

  /** Where the browser refuses to store anything there are no earlier drafts on this device. */
  function keep(id: string, draft: DraftText): void {
    if (draft.text.trim() === "") return;
    void core.store.keepDraft(id, { ...textOf(draft), savedAt: core.clock.now() }).catch(() => undefined);
  }

  function noteLoss(id: string, before: DraftText | undefined, next: DraftText): void {
    const peak = peaks.get(id) ?? before;
    if (peak && isLoss(peak, next)) {
      keep(id, peak);
      peaks.set(id, next);
    } else if (!peak || next.text.length >= peak.text.length) peaks.set(id, next);
  }

  return {
    keep,
    save(id, draft, how) {
      const known = current(id);
      const next = draft ?? { text: "" };
      if (how !== "leaving") words.drop(id);
      if (how === "sent") peaks.delete(id);
      else noteLoss(id, known, next);
      if (known ? sameDraft(known, next) : next.text === "" && next.reply_to === undefined) return;
      const { reply_to: _reply, ...rest } = known ?? { version: 0 };
      set(id, { ...rest, ...textOf(next), version: known?.version ?? 0, dirty: true });
      if (how === "leaving") this.flush(id);
      else schedule(id);
    },
    resolve(id, choice) {
      const { conflict, ...mine } = current(id) ?? {};
      if (!conflict) return;
      keep(id, choice === "theirs" ? (mine as DraftState) : conflict);
      set(id, choice === "theirs" ? conflict : { ...(mine as DraftState), version: conflict.version, dirty: true });
      if (choice === "mine") schedule(id);
    },
    flush(id) {
      timers.get(id)?.();
      timers.delete(id);
      const draft = current(id);
      if (draft?.dirty) words.keep(id, textOf(draft));
      void store(id, true);
    },
    flushAll() {
      for (const id of Object.keys(core.state.getState().drafts)) this.flush(id);
    },
    onLive() {
      for (const [id, draft] of Object.entries(core.state.getState().drafts)) if (draft.dirty) schedule(id);
    },
    resume() {
      for (const [id, draft] of Object.entries(words.take())) this.save(id, draft);
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
