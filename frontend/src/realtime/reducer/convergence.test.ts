import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry, WireEvent } from "@/api/types";
import type { ChatEvent, Effect } from "../events";
import { initialState, type ChatState, type Range } from "../state";
import { FakeServer } from "../testing/server";
import { reduce } from "./index";
import { mergeEntries, mergeRange } from "./timeline";

const ME = "1";
const OTHER = "2";
const ROOM = "500";

/** A device between server and screen: reducer and store are real in kind, the network is what the test makes of it. */
class Device {
  state: ChatState;
  /** What is on its way and may come late, twice, in another order or never. */
  wire: WireEvent[] = [];
  /** Newest pages that left a gap before them. */
  incomplete = 0;
  private tasks: { effect?: Effect | undefined; arrive?: () => void }[] = [];
  private disk: {
    positions: Record<string, number>;
    conversations: ChatState["conversations"];
    entries: Entry[];
    ranges: Range[];
  };
  private epoch: string | undefined;

  constructor(private readonly server: FakeServer) {
    this.disk = { positions: {}, conversations: {}, entries: [], ranges: [] };
    this.state = this.boot();
    server.listen(ME, (event) => this.wire.push(event));
    this.sync();
  }

  dispatch(event: ChatEvent): void {
    const step = reduce(this.state, event, { now: 0 });
    this.state = step.state;
    for (const effect of step.effects) this.run(effect);
  }

  /** The page is closed and opened again: memory goes, the store stays, what was on its way is lost. */
  restart(): void {
    this.wire = [];
    this.tasks = [];
    this.state = this.boot();
    this.sync();
  }

  sync(): void {
    this.askSync()();
  }

  /** The server answers a waiting request, or an answer arrives: which of them is up to the test. */
  answer(index: number): void {
    const [task] = this.tasks.splice(index % Math.max(1, this.tasks.length), 1);
    if (!task) return;
    if (task.arrive) task.arrive();
    else this.tasks.push({ effect: task.effect, arrive: this.ask(task.effect) });
  }

  /** Asks for the page above what is shown; its answer waits like any other. */
  scrollUp(): void {
    const first = this.state.timelines[ROOM]?.ranges[0]?.[0];
    if (first !== undefined && first > 1) this.tasks.push({ arrive: this.page(1, first) });
  }

  /** Events come again and `heads` with them; nothing but what they ask for is asked. */
  settle(): void {
    for (const event of this.wire.splice(0)) this.dispatch({ type: "wire", event, arrived: true });
    this.dispatch({ type: "wire", arrived: true, event: { type: "heads", heads: this.server.heads(ME), user_seq: 0 } });
    for (let round = 0; this.tasks.length > 0; round += 1) {
      if (round > 500) throw new Error("requests do not end");
      this.answer(0);
    }
  }

  /** The user scrolls through all of it. */
  scrollThrough(): void {
    for (let round = 0; ; round += 1) {
      const gap = this.firstGap();
      if (!gap) return;
      if (round > 500) throw new Error("gaps do not close");
      this.page(gap.afterSeq + 1, gap.beforeSeq)();
    }
  }

  private boot(): ChatState {
    const start = initialState(0, ME);
    const { positions, conversations } = structuredClone(this.disk);
    this.state = start;
    this.dispatch({
      type: "restored",
      stored: {
        userSeq: 0,
        me: { id: ME, username: "Me", relation: "self" },
        friends: [],
        requests: [],
        blocked: [],
        conversations: Object.values(conversations),
        positions,
        users: [],
        outbox: [],
        drafts: {},
      },
    });
    const { entries, ranges } = structuredClone(this.disk);
    this.dispatch({ type: "timeline_opened", conversationId: ROOM, entries, ranges, quoted: [] });
    return this.state;
  }

  private run(effect: Effect): void {
    switch (effect.type) {
      case "persist": {
        this.disk.entries = mergeEntries(this.disk.entries, effect.entries);
        if (effect.range) this.disk.ranges = mergeRange(this.disk.ranges, effect.range);
        for (const entry of effect.entries.filter(({ kind }) => kind === "unsend")) {
          this.disk.entries = this.disk.entries.map((old) =>
            old.seq === entry.target_seq ? { ...old, content: undefined, unsent: true as const } : old,
          );
        }
        const conversation = this.state.conversations[effect.conversationId];
        const position = this.state.sync.positions[effect.conversationId];
        if (conversation && position !== undefined) {
          this.disk.conversations[effect.conversationId] = conversation;
          this.disk.positions[effect.conversationId] = position;
        }
        return;
      }
      case "drop_entries":
        this.disk = { ...this.disk, entries: [], ranges: [] };
        return;
      case "drop_history":
        this.disk = { positions: {}, conversations: {}, entries: [], ranges: [] };
        return;
      case "fetch":
      case "refresh":
      case "resync":
        if (!this.tasks.some((task) => !task.arrive && JSON.stringify(task.effect) === JSON.stringify(effect))) {
          this.tasks.push({ effect });
        }
        return;
      default:
        return;
    }
  }

  /** What the server says now; the result lets it arrive. */
  private ask(effect: Effect | undefined): () => void {
    if (effect?.type === "resync") return this.askSync();
    if (effect?.type === "refresh") {
      const conversation = this.server.view(ME, effect.conversationId);
      return () => this.dispatch({ type: "wire", arrived: false, event: { type: "conversation", conversation } });
    }
    const conversationId = ROOM;
    const afterSeq = this.state.sync.positions[ROOM] ?? 0;
    const head = this.state.sync.heads[ROOM] ?? 0;
    if (head <= afterSeq) return () => undefined;
    const { items: entries, users, next } = this.server.page(ME, ROOM, { after: afterSeq });
    const last = entries.at(-1)?.seq ?? afterSeq;
    const throughSeq = next ? last : Math.max(last, head);
    return () => {
      this.dispatch({ type: "span", conversationId, afterSeq, throughSeq, entries, users });
      if ((this.state.sync.heads[ROOM] ?? 0) > throughSeq) this.run({ type: "fetch", conversationId });
    };
  }

  private askSync(): () => void {
    const asked = { ...this.state.sync.positions };
    const request = { conversations: asked, user_seq: 0, ...(this.epoch && { epoch: this.epoch }) };
    const answer = this.server.sync(ME, request);
    return () => {
      this.epoch = answer.epoch;
      this.incomplete += answer.conversations.filter(({ complete }) => !complete).length;
      this.dispatch({ type: "sync", asked, answer, at: 0 });
    };
  }

  /** A view that is at `seq` needs little of what is loaded. */
  trim(seq: number): void {
    const before = this.state.timelines[ROOM]?.ranges.length ?? 0;
    this.dispatch({ type: "timeline_trimmed", conversationId: ROOM, at: seq, keep: [seq - 3, seq + 3] });
    this.incomplete += Math.max(0, (this.state.timelines[ROOM]?.ranges.length ?? 0) - before);
  }

  private page(fromSeq: number, beforeSeq: number): () => void {
    const page = this.server.page(ME, ROOM, { before: beforeSeq });
    const from = page.next ? (page.items[0]?.seq ?? 1) : 1;
    const range: Range = [Math.max(from, fromSeq), beforeSeq - 1];
    const entries = page.items.filter((entry) => entry.seq >= range[0]);
    return () =>
      this.dispatch({
        type: "page",
        conversationId: ROOM,
        entries,
        range,
        users: page.users,
        quoted: [],
        stored: false,
      });
  }

  private firstGap(): { afterSeq: number; beforeSeq: number } | undefined {
    const timeline = this.state.timelines[ROOM];
    const gap = timeline?.items.find((item) => item.type === "gap");
    if (gap?.type === "gap") return gap;
    if (!timeline?.hasOlder) return undefined;
    return { afterSeq: 0, beforeSeq: timeline.ranges[0]?.[0] ?? (this.state.sync.positions[ROOM] ?? 0) + 1 };
  }
}

function screen(state: ChatState) {
  const conversation = state.conversations[ROOM];
  const timeline = state.timelines[ROOM];
  return {
    rows: timeline?.items.map((item) => (item.type === "entry" ? rowOf(item.entry) : "gap")),
    more: timeline?.hasNewer,
    unread: conversation?.unread,
    readSeq: conversation?.read_seq,
    last: conversation?.last_entry && rowOf(conversation.last_entry),
  };
}

function rowOf(entry: Entry): string {
  return `${entry.seq} ${entry.sender_id} ${entry.unsent ? "(unsent)" : entry.content?.type === "text" ? entry.content.text : ""}`;
}

function truth(server: FakeServer) {
  const conversation = server.view(ME, ROOM);
  const entries: Entry[] = [];
  for (let after = 0; ;) {
    const page = server.page(ME, ROOM, { after });
    entries.push(...page.items);
    if (!page.next) break;
    after = page.items.at(-1)?.seq ?? after;
  }
  return {
    rows: entries.filter(({ kind }) => kind !== "unsend").map(rowOf),
    more: false,
    unread: conversation.unread,
    readSeq: conversation.read_seq,
    last: conversation.last_entry ? rowOf(conversation.last_entry) : undefined,
  };
}

type Move =
  | { do: "send"; by: string; count: number }
  | { do: "unsend"; pick: number }
  | { do: "read"; upTo: number }
  | { do: "deliver" | "repeat" | "lose" | "answer" | "trim"; pick: number }
  | { do: "heads" | "sync" | "restart" | "scroll" | "settings" };

const pick = fc.nat({ max: 40 });
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    do: fc.constant("send" as const),
    by: fc.constantFrom(ME, OTHER),
    count: fc.integer({ min: 1, max: 14 }),
  }),
  fc.record({ do: fc.constantFrom("unsend" as const, "trim" as const), pick }),
  fc.record({ do: fc.constant("read" as const), upTo: pick }),
  fc.record({ do: fc.constantFrom("deliver" as const, "repeat" as const, "lose" as const, "answer" as const), pick }),
  fc.record({ do: fc.constantFrom("deliver" as const), pick }),
  fc.record({
    do: fc.constantFrom("heads" as const, "sync" as const, "restart" as const, "scroll" as const, "settings" as const),
  }),
);

function play(moves: Move[]): { device: Device; server: FakeServer } {
  const server = new FakeServer(() => 0);
  server.createRoom(ROOM, [ME, OTHER]);
  const device = new Device(server);
  let sent = 0;
  for (const step of moves) {
    switch (step.do) {
      case "send":
        for (let i = 0; i < step.count; i += 1) {
          sent += 1;
          server.send(step.by, ROOM, `m${sent}`, { type: "text", text: `text ${sent}` });
        }
        break;
      case "unsend": {
        const seq = step.pick + 1;
        const target = server.page(ME, ROOM, { after: seq - 1, limit: 1 }).items[0];
        if (target?.kind === "message") server.unsend(target.sender_id, ROOM, target.seq);
        break;
      }
      case "read":
        server.read(ME, ROOM, step.upTo);
        break;
      case "deliver":
      case "repeat":
      case "lose": {
        const index = step.pick % Math.max(1, device.wire.length);
        const event = device.wire[index];
        // A lost marker shows with the next `/sync` only, a lost entry in `heads`.
        if (step.do === "lose" && event?.type !== "entry") break;
        if (step.do !== "repeat") device.wire.splice(index, 1);
        if (event && step.do !== "lose") device.dispatch({ type: "wire", event, arrived: true });
        break;
      }
      case "answer":
        device.answer(step.pick);
        break;
      case "trim":
        device.trim(step.pick);
        break;
      case "heads":
        device.dispatch({
          type: "wire",
          arrived: true,
          event: { type: "heads", heads: server.heads(ME), user_seq: 0 },
        });
        break;
      case "sync":
        device.sync();
        break;
      case "settings":
        server.publishTo(ME, { type: "conversation", conversation: server.view(ME, ROOM) });
        break;
      case "scroll":
        device.scrollUp();
        break;
      case "restart":
        device.restart();
    }
    // On the way there is never a duplicate, a disorder or an unmarked hole.
    const rows = device.state.timelines[ROOM]?.entries.map(({ seq }) => seq) ?? [];
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
  }
  return { device, server };
}

test("a page read before an unsend and arriving after it brings no text back", () => {
  const server = new FakeServer(() => 0);
  server.createRoom(ROOM, [ME, OTHER]);
  for (let i = 1; i <= 25; i += 1) server.send(OTHER, ROOM, `m${i}`, { type: "text", text: `text ${i}` });
  const device = new Device(server);
  device.scrollUp();
  server.unsend(OTHER, ROOM, 12);
  device.settle();
  device.scrollThrough();
  expect(screen(device.state)).toEqual(truth(server));
});

/** The same moves each time, unless `VITE_SEED` asks for others. */
const SEED = Number(import.meta.env["VITE_SEED"] ?? 1);

test("any order, loss, repetition or restart ends on the same screen", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const { device, server } = play(moves);
      const expected = truth(server);
      device.settle();
      const { rows, ...rest } = screen(device.state);
      const { rows: all, ...figures } = expected;
      expect(rest).toEqual(figures);
      const shown = rows?.filter((row) => row !== "gap") ?? [];
      expect(all).toEqual(expect.arrayContaining(shown));
      const gaps = (rows?.length ?? 0) - shown.length;
      expect(gaps).toBeLessThanOrEqual(device.incomplete);
      if (gaps === 0 && !device.state.timelines[ROOM]?.hasOlder) expect(rows).toEqual(all);
      device.scrollThrough();
      expect(screen(device.state)).toEqual(expected);
    }),
    { numRuns: 500, seed: SEED },
  );
});
