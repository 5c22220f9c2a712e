import { beforeEach, expect, test } from "vitest";
import { networkError } from "@/api/problem";
import type { Http, RequestOptions } from "@/api/http";
import { createMediaSources, type MediaSources } from "./sources";

let now: number;
let asked: string[][];
let answers: Record<string, { thumbnail?: boolean } | undefined>;
let down: boolean;
let later: (() => void)[];
let revoked: string[];
let sources: MediaSources;

beforeEach(() => {
  now = Date.parse("2026-11-24T12:00:00Z");
  asked = [];
  answers = {};
  down = false;
  later = [];
  revoked = [];
  let made = 0;
  sources = createMediaSources({
    http: { post: (_path: string, options: RequestOptions) => answer(options) } as unknown as Http,
    now: () => now,
    after: (_ms, task) => void later.push(task),
    objectUrl: () => `blob:${(made += 1)}`,
    revoke: (url) => void revoked.push(url),
  });
});

async function answer({ body }: RequestOptions) {
  const { ids } = body as { ids: string[] };
  asked.push(ids);
  await Promise.resolve();
  if (down) throw networkError(new Error("down"));
  const expires_at = new Date(now + 300_000).toISOString();
  const round = asked.length;
  return {
    items: ids.flatMap((id) => {
      const item = answers[id];
      if (!item) return [];
      const thumbnail = item.thumbnail ? { thumbnail_url: `small/${id}/${round}` } : {};
      return [{ id, url: `full/${id}/${round}`, expires_at, ...thumbnail }];
    }),
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("what many ask for at once is one request, and each is asked for once", async () => {
  answers = { "1": { thumbnail: true }, "2": {} };
  for (const id of ["1", "2", "1", "3"]) sources.want(id);
  await settled();
  for (const id of ["1", "2"]) sources.want(id);
  await settled();
  expect(asked).toEqual([["1", "2", "3"]]);
  expect(sources.get("1")).toEqual({ url: "full/1/1", thumbnailUrl: "small/1/1" });
  expect(sources.get("2")).toEqual({ url: "full/2/1" });
  expect(sources.get("3")).toBeNull();
  expect(sources.get("4")).toBeUndefined();
});

test("no request names more than a hundred", async () => {
  for (let id = 0; id < 150; id += 1) sources.want(String(id));
  await settled();
  expect(asked.map((ids) => ids.length)).toEqual([100, 50]);
});

test("what is about to expire is asked for again, and shown as it was meanwhile", async () => {
  answers = { "1": {} };
  sources.want("1");
  await settled();
  now += 285_000;
  sources.want("1");
  expect(sources.get("1")).toEqual({ url: "full/1/1" });
  await settled();
  expect(sources.get("1")).toEqual({ url: "full/1/2" });
});

test("one that does not load is renewed, but not without end", async () => {
  answers = { "1": {} };
  sources.want("1");
  await settled();
  now += 60_000;
  expect(sources.renew("1", "full/1/1")).toBe(true);
  await settled();
  expect(sources.get("1")).toEqual({ url: "full/1/2" });
  expect(sources.renew("1", "full/1/1")).toBe(true);
  expect(sources.renew("1", "full/1/2")).toBe(false);
  await settled();
  expect(asked).toHaveLength(2);
});

test("without an answer it is asked again while somebody looks", async () => {
  answers = { "1": {} };
  down = true;
  const leave = sources.subscribe(() => undefined);
  sources.want("1");
  await settled();
  down = false;
  for (const task of later.splice(0)) task();
  await settled();
  expect(sources.get("1")).toEqual({ url: "full/1/2" });
  leave();
  down = true;
  sources.want("2");
  await settled();
  for (const task of later.splice(0)) task();
  await settled();
  expect(asked).toHaveLength(3);
});

test("an own file is shown from here, is kept for the last thirty, and comes from the server when it is lost", async () => {
  answers = { "1": {} };
  const file = new Blob(["x"]);
  sources.keep("1", file);
  sources.keep("1", file);
  sources.want("1");
  expect(sources.get("1")).toEqual({ url: "blob:1" });
  for (let id = 2; id <= 31; id += 1) sources.keep(String(id), file);
  expect(revoked).toEqual(["blob:1"]);
  expect(sources.get("1")).toBeUndefined();
  sources.want("1");
  await settled();
  expect(sources.get("1")).toEqual({ url: "full/1/1" });
  expect(sources.renew("31", "blob:31")).toBe(true);
});
