import { expect, test } from "vitest";
import type { Entry, MediaKind } from "@/api/types";
import { mergeMedia, neighboursOf, VISUAL } from "./model";

function entry(seq: number, type: MediaKind | "text", extra: Partial<Entry> = {}): Entry {
  const media = { id: String(seq), url: "", name: "n", content_type: "t", size_bytes: 1 };
  return {
    conversation_id: "9",
    seq,
    id: String(seq),
    kind: "message",
    sender_id: "1",
    server_time: "2026-11-24T12:00:00.000Z",
    content: type === "text" ? { type, text: "words" } : { type, media },
    ...extra,
  };
}

const seqs = (items: Entry[]) => items.map(({ seq }) => seq);

test("pages and what arrived after them, oldest first, of the wanted kinds", () => {
  const pages = [entry(9, "image"), entry(7, "video"), entry(6, "file"), entry(2, "image")];
  const live = [entry(10, "text"), entry(11, "image"), entry(12, "audio")];
  expect(seqs(mergeMedia(pages, live, {}, VISUAL))).toEqual([2, 7, 9, 11]);
  expect(seqs(mergeMedia(pages, live, {}, ["audio", "file"]))).toEqual([6, 12]);
});

test("an open conversation adds nothing below the newest page: there may be holes between", () => {
  expect(seqs(mergeMedia([entry(9, "image")], [entry(1, "image"), entry(9, "image")], {}, VISUAL))).toEqual([9]);
});

test("what was unsent is gone, whoever tells", () => {
  const pages = [entry(9, "image"), entry(8, "image", { unsent: true, content: undefined }), entry(7, "image")];
  expect(seqs(mergeMedia(pages, [], { 9: true }, VISUAL))).toEqual([7]);
});

test("one goes to the next older and newer one, and nowhere from what is not known", () => {
  const items = mergeMedia([entry(9, "image"), entry(5, "image"), entry(2, "video")], [], {}, VISUAL);
  const at = (seq: number) => {
    const { older, newer } = neighboursOf(items, seq);
    return [older?.seq, newer?.seq];
  };
  expect([at(2), at(5), at(9), at(4)]).toEqual([
    [undefined, 5],
    [2, 9],
    [5, undefined],
    [undefined, undefined],
  ]);
});
