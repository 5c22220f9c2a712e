import { ApiError, networkError } from "@/api/problem";
import type { Conversation, EntryPage } from "@/api/types";
import { hasNext } from "./catchup";
import type { Core } from "./core";
import { covers } from "./reducer/timeline";
import type { Range } from "./state";

/** Entries of one page; enough for several screens. */
const PAGE = 50;

/** Loads what a tab shows, from the store first, else from the server. Every call may come twice: it then does nothing. */
export interface Timelines {
  open(id: string): Promise<void>;
  close(id: string): void;
  older(id: string): Promise<void>;
  newer(id: string): Promise<void>;
  around(id: string, seq: number): Promise<void>;
  /** A page of what is missing above `afterSeq`, next to what is shown below the gap (`older`) or above it (`newer`). */
  gap(id: string, afterSeq: number, fill: "older" | "newer"): Promise<void>;
}

export function createTimelines(core: Core): Timelines {
  const busy = new Set<string>();

  const timeline = (id: string) => core.state.getState().timelines[id];
  const position = (id: string) => core.state.getState().sync.positions[id] ?? 0;

  /** One request of a kind at a time; a failure is shown in the timeline, not thrown. */
  async function once(id: string, loading: "older" | "newer" | "around", work: () => Promise<void>, gapAfter?: number) {
    const key = `${id} ${gapAfter ?? loading}`;
    if (busy.has(key)) return;
    busy.add(key);
    const where = gapAfter === undefined ? {} : { gapAfter };
    core.local({ type: "timeline_loading", conversationId: id, loading, ...where });
    try {
      await work();
    } catch (error) {
      const problem = (error instanceof ApiError ? error : networkError(error)).problem;
      core.local({ type: "timeline_failed", conversationId: id, problem, ...where });
    } finally {
      busy.delete(key);
    }
  }

  async function ask(id: string, query: Record<string, number>): Promise<EntryPage> {
    return core.http.get<EntryPage>(`/api/v1/conversations/${id}/entries`, { query: { ...query, limit: PAGE } });
  }

  function add(id: string, page: EntryPage, range: Range): void {
    const entries = page.items.filter((entry) => entry.seq >= range[0] && entry.seq <= range[1]);
    core.local({ type: "page", conversationId: id, entries, range, users: page.users, quoted: page.quoted });
  }

  /** The piece that ends below `beforeSeq`, down to `floor` at most. */
  async function below(id: string, beforeSeq: number, floor: number): Promise<void> {
    const stored = await core.store.before(id, beforeSeq, PAGE);
    if (stored && stored.range[0] < beforeSeq) {
      const from = Math.max(stored.range[0], floor);
      return add(id, { items: stored.entries, users: [], quoted: [] }, [from, beforeSeq - 1]);
    }
    const page = await ask(id, { before: beforeSeq });
    const from = hasNext(page) ? (page.items[0]?.seq ?? beforeSeq) : 1;
    add(id, page, [Math.max(from, floor), beforeSeq - 1]);
  }

  /** The piece that begins above `afterSeq`, up to `ceiling` at most. */
  async function above(id: string, afterSeq: number, ceiling: number): Promise<void> {
    const page = await ask(id, { after: afterSeq });
    const to = hasNext(page) ? (page.items.at(-1)?.seq ?? afterSeq) : ceiling;
    add(id, page, [afterSeq + 1, Math.min(to, ceiling)]);
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
      const stored = timeline(id) ? { entries: [], ranges: [] } : await core.store.newest(id, PAGE);
      core.local({ type: "timeline_opened", conversationId: id, ...stored });
      await newest(id);
    },
    close(id) {
      core.local({ type: "timeline_closed", conversationId: id });
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
      await once(id, "around", async () => {
        const page = await ask(id, { around: seq });
        const first = page.items[0]?.seq;
        const last = page.items.at(-1)?.seq;
        if (first === undefined || last === undefined) throw new ApiError({ status: 404, code: "not_found" });
        add(id, page, [first, last]);
      });
    },
    async gap(id, afterSeq, fill) {
      const item = timeline(id)?.items.find((other) => other.type === "gap" && other.afterSeq === afterSeq);
      if (item?.type !== "gap") return;
      const { beforeSeq } = item;
      const work = () => (fill === "older" ? below(id, beforeSeq, afterSeq + 1) : above(id, afterSeq, beforeSeq - 1));
      await once(id, fill, work, afterSeq);
    },
  };
}
