// @vitest-environment node
import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Entry } from "@/api/types";
import { openStore, type ChatStore } from "./store";

const entry = (seq: number, more: Partial<Entry> = {}): Entry => ({
  conversation_id: "100",
  seq,
  id: String(seq),
  kind: "message",
  sender_id: "5",
  server_time: "2026-03-01T12:00:00.000Z",
  content: { type: "text", text: `Text ${seq}` },
  ...more,
});
const unsendOf = (target: number, seq: number) => {
  const { content: _content, ...rest } = entry(seq);
  return { ...rest, kind: "unsend" as const, target_seq: target };
};

let store: ChatStore;
beforeEach(async () => {
  store = await openStore("7");
});
afterEach(() => store.wipe());

describe("the text of an unsent message is never stored, whichever comes first", () => {
  it.each<[string, Entry[][]]>([
    ["the message", [[entry(1)], [unsendOf(1, 2)]]],
    ["the unsend", [[unsendOf(1, 2)], [entry(1)]]],
    ["both, the message before", [[entry(1), unsendOf(1, 2)]]],
    ["both, the unsend before", [[unsendOf(1, 2), entry(1)]]],
    ["the message again", [[entry(1)], [unsendOf(1, 2)], [entry(1), unsendOf(1, 2)]]],
  ])("%s", async (_, batches) => {
    const ranges = [{ conversationId: "100", range: [1, 3] as [number, number] }];
    for (const entries of batches) await store.commit({ entries, ranges });
    await store.commit({ entries: [entry(3), entry(1, { conversation_id: "200" })] });
    const { entries } = await store.newest("100", 10);
    expect(entries.map(({ seq, unsent, content }) => [seq, unsent ?? false, content !== undefined])).toEqual([
      [1, true, false],
      [2, false, false],
      [3, false, true],
    ]);
  });
});

it("joins the ranges of one batch, keeps the position, and forgets both with the entries", async () => {
  const range = (from: number, to: number) => ({ conversationId: "100", range: [from, to] as [number, number] });
  await store.commit({ entries: [entry(1), entry(2), entry(5)], ranges: [range(1, 2)], positions: { 100: 2 } });
  await store.commit({ entries: [entry(3), entry(4)], ranges: [range(5, 5), range(3, 4)] });
  expect((await store.newest("100", 10)).ranges).toEqual([[1, 5]]);
  expect((await store.load()).positions).toEqual({ 100: 2 });

  await store.commit({ dropEntries: ["100"], entries: [entry(9)], ranges: [range(9, 9)], positions: { 100: 9 } });
  const { entries, ranges } = await store.newest("100", 10);
  expect([entries.map(({ seq }) => seq), ranges]).toEqual([[9], [[9, 9]]]);
  expect((await store.load()).positions).toEqual({ 100: 9 });
});

it("gives pieces in both directions, as far as they are known, with what they quote", async () => {
  const range = (from: number, to: number) => ({ conversationId: "100", range: [from, to] as [number, number] });
  const reply = (seq: number, to: number) => entry(seq, { content: { type: "text", text: "", reply_to: to } });
  // Known completely are 10–19, of which 12 and 13 are not visible, and 30–31; 2 alone, as it is quoted.
  const seqs = [10, 11, 14, 15, 16, 17, 18, 30, 31];
  const entries = [...seqs.map((seq) => entry(seq)), reply(19, 2), entry(2)];
  await store.commit({ entries, ranges: [range(10, 19), range(30, 31)] });
  const piece = async (asked: ReturnType<ChatStore["after"]>) => {
    const found = await asked;
    return found && [found.range, found.entries.map(({ seq }) => seq), found.quoted.map(({ seq }) => seq)];
  };
  const cases: [ReturnType<ChatStore["after"]>, unknown][] = [
    [store.before("100", 16, 3), [[11, 15], [11, 14, 15], []]],
    [store.before("100", 20, 2), [[18, 19], [18, 19], [2]]],
    [store.before("100", 10, 3), undefined],
    [store.after("100", 9, 3), [[10, 14], [10, 11, 14], []]],
    [store.after("100", 11, 3), [[12, 16], [14, 15, 16], []]],
    [store.after("100", 17, 9), [[18, 19], [18, 19], [2]]],
    [store.after("100", 19, 9), undefined],
    [store.after("100", 20, 9), undefined],
  ];
  for (const [asked, expected] of cases) expect(await piece(asked)).toEqual(expected);
});
