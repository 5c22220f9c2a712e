import { ApiError, networkError } from "@/api/problem";
import type { Conversation, EntryPage } from "@/api/types";
import { hasNext } from "./catchup";
import type { Core } from "./core";
import type { LocalEvent } from "./events";
import { covers } from "./reducer/timeline";
import type { Range } from "./state";
import type { Piece } from "./store";

/** Entries of one page; enough for several screens. */
const PAGE = 50;

/** Loads what a tab shows, from the store first, else from the server. Every call may come twice: it then does nothing. */
export interface Timelines {
  open(id: string): Promise<void>;
  close(id: string): void;
  /** Forgets what is loaded outside `keep` of the stretch that holds `at`, the newest end aside. */
  trim(id: string, at: number, keep: Range): void;
  older(id: string): Promise<void>;
  newer(id: string): Promise<void>;
  around(id: string, seq: number): Promise<void>;
  /** A page of what is missing above `afterSeq`, next to what is shown below the gap (`older`) or above it (`newer`). */
  gap(id: string, afterSeq: number, fill: "older" | "newer"): Promise<void>;
  /** A message that is answered by one that is shown; without it the answer says that it is not available. */
  quote(id: string, seq: number): Promise<void>;
}

export function createTimelines(core: Core): Timelines {
  const busy = new Map<string, Promise<void>>();

  const timeline = (id: string) => core.state.getState().timelines[id];
  const position = (id: string) => core.state.getState().sync.positions[id] ?? 0;

  /** One request of a kind at a time; a failure is shown in the timeline, not thrown. */
  function once(
    id: string,
    loading: "older" | "newer" | "around",
    work: () => Promise<LocalEvent>,
    at: { gapAfter?: number; seq?: number } = {},
  ): Promise<void> {
    const key = `${id} ${at.gapAfter ?? loading} ${at.seq ?? ""}`;
    const under = busy.get(key);
    if (under) return under;
    const where = at.gapAfter === undefined ? {} : { gapAfter: at.gapAfter };
    core.local({ type: "timeline_loading", conversationId: id, loading, ...where });
    const done = work()
      .catch((error: unknown): LocalEvent => {
        const problem = (error instanceof ApiError ? error : networkError(error)).problem;
        return { type: "timeline_failed", conversationId: id, problem, ...where };
      })
      .then((event) => {
        // A view that is told may ask for the next page at once.
        busy.delete(key);
        core.local(event);
      });
    busy.set(key, done);
    return done;
  }

  async function ask(id: string, query: Record<string, number>, limit = PAGE): Promise<EntryPage> {
    return core.http.get<EntryPage>(`/api/v1/conversations/${id}/entries`, { query: { ...query, limit } });
  }

  function page(id: string, { items, users, quoted }: EntryPage, range: Range): LocalEvent {
    const entries = items.filter((entry) => entry.seq >= range[0] && entry.seq <= range[1]);
    return { type: "page", conversationId: id, entries, range, users, quoted, stored: false };
  }

  function storedPage(id: string, { entries: all, quoted }: Piece, range: Range): LocalEvent {
    const entries = all.filter((entry) => entry.seq >= range[0] && entry.seq <= range[1]);
    return { type: "page", conversationId: id, entries, range, users: [], quoted, stored: true };
  }

  /** The piece that ends below `beforeSeq`, down to `floor` at most. */
  async function below(id: string, beforeSeq: number, floor: number): Promise<LocalEvent> {
    const stored = await core.store.before(id, beforeSeq, PAGE);
    if (stored && stored.range[0] < beforeSeq) {
      return storedPage(id, stored, [Math.max(stored.range[0], floor), beforeSeq - 1]);
    }
    const answer = await ask(id, { before: beforeSeq });
    const from = hasNext(answer) ? (answer.items[0]?.seq ?? beforeSeq) : 1;
    return page(id, answer, [Math.max(from, floor), beforeSeq - 1]);
  }

  /** The piece that begins above `afterSeq`, up to `ceiling` at most. */
  async function above(id: string, afterSeq: number, ceiling: number): Promise<LocalEvent> {
    const stored = await core.store.after(id, afterSeq, PAGE);
    if (stored && stored.range[1] > afterSeq) {
      return storedPage(id, stored, [afterSeq + 1, Math.min(stored.range[1], ceiling)]);
    }
    const answer = await ask(id, { after: afterSeq });
    const to = hasNext(answer) ? (answer.items.at(-1)?.seq ?? afterSeq) : ceiling;
    return page(id, answer, [afterSeq + 1, Math.min(to, ceiling)]);
  }

  /** The newest page, up to the position at least; what is above it comes by the live way. */
  async function newest(id: string): Promise<void> {
    const head = position(id);
    if (head === 0 || covers(timeline(id)?.ranges ?? [], head, head)) return;
    await once(id, "newer", () => below(id, head + 1, 1));
  }

  async function known(id: string): Promise<void> {
    if (core.state.getState().conversations[id]) return;
    const conversation = await core.http.get<Conversation>(`/api/v1/conversations/${id}`);
    core.share({ type: "wire", event: { type: "conversation", conversation }, arrived: false }, "optimistic");
  }

  return {
    async open(id) {
      await known(id);
      const stored = timeline(id) ? { entries: [], ranges: [], quoted: [] } : await core.store.newest(id, PAGE);
      core.local({ type: "timeline_opened", conversationId: id, ...stored });
      await newest(id);
    },
    close(id) {
      core.local({ type: "timeline_closed", conversationId: id });
    },
    trim(id, at, keep) {
      core.local({ type: "timeline_trimmed", conversationId: id, at, keep });
    },
    async older(id) {
      const shown = timeline(id);
      const first = shown?.ranges[0]?.[0];
      if (!shown?.hasOlder) return;
      if (first === undefined) return newest(id);
      await once(id, "older", () => below(id, first, 1));
    },
    async newer(id) {
      const last = timeline(id)?.ranges.at(-1)?.[1];
      if (last === undefined || last >= position(id)) return newest(id);
      await once(id, "newer", () => above(id, last, position(id)));
    },
    async around(id, seq) {
      if (covers(timeline(id)?.ranges ?? [], seq, seq)) return;
      await once(
        id,
        "around",
        async () => {
          const answer = await ask(id, { around: seq });
          const first = answer.items[0]?.seq;
          const last = answer.items.at(-1)?.seq;
          if (first === undefined || last === undefined) throw new ApiError({ status: 404, code: "not_found" });
          return page(id, answer, [first, last]);
        },
        { seq },
      );
    },
    async gap(id, afterSeq, fill) {
      const item = timeline(id)?.items.find((other) => other.type === "gap" && other.afterSeq === afterSeq);
      if (item?.type !== "gap") return;
      const { beforeSeq } = item;
      const work = () => (fill === "older" ? below(id, beforeSeq, afterSeq + 1) : above(id, afterSeq, beforeSeq - 1));
      await once(id, fill, work, { gapAfter: afterSeq });
    },
    async quote(id, seq) {
      try {
        const entry = (await core.store.entry(id, seq)) ?? (await ask(id, { after: seq - 1 }, 1)).items[0];
        if (entry?.seq === seq) core.local({ type: "quoted", entry });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    },
  };
}
