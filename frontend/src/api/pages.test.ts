import { expect, test } from "vitest";
import type { Http, RequestOptions } from "./http";
import { allPages } from "./pages";

test("every page of a list is read, each after the cursor of the one before", async () => {
  const asked: unknown[] = [];
  const pages = [
    { items: ["1", "2"], next: "after-2" },
    { items: ["3"], next: null },
  ];
  const http = {
    get(path: string, { query }: RequestOptions) {
      asked.push([path, query]);
      return Promise.resolve(pages.shift());
    },
  } as unknown as Http;
  expect(await allPages(http, "/api/v1/blocks", { query: { of: "mine" } })).toEqual(["1", "2", "3"]);
  expect(asked).toEqual([
    ["/api/v1/blocks", { of: "mine", limit: 100, cursor: undefined }],
    ["/api/v1/blocks", { of: "mine", limit: 100, cursor: "after-2" }],
  ]);
});
