import { expect, test } from "vitest";
import { createHttp } from "./http";
import { ApiError, parseRetryAfter } from "./problem";

type Answer = (request: Request) => Response | Promise<Response>;

function client(...answers: Answer[]) {
  const requests: Request[] = [];
  const renewals: string[] = [];
  const http = createHttp({
    baseUrl: "http://kith.test",
    now: () => 0,
    tokens: {
      token: () => Promise.resolve("old"),
      renew: (refused) => {
        renewals.push(refused);
        return Promise.resolve("new");
      },
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      const answer = answers[requests.length - 1] ?? (() => new Response(null, { status: 500 }));
      return answer(request);
    },
  });
  return { http, requests, renewals };
}

const problem = (status: number, code: string, headers?: Record<string, string>) => () =>
  new Response(JSON.stringify({ type: "about:blank", title: code, status, code, trace_id: "4bf9", errors: [] }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });

test("a request carries the token, its query and its body", async () => {
  const { http, requests } = client(() => Response.json({ ok: true }));
  expect(await http.post("/api/v1/x", { query: { a: 1, b: undefined }, body: { c: 2 } })).toEqual({ ok: true });
  const [request] = requests;
  expect(request?.url).toBe("http://kith.test/api/v1/x?a=1");
  expect(request?.headers.get("authorization")).toBe("Bearer old");
  expect(await request?.json()).toEqual({ c: 2 });
});

test("a 401 renews the token once and repeats the request", async () => {
  const { http, requests, renewals } = client(
    problem(401, "unauthenticated"),
    () => new Response(null, { status: 204 }),
  );
  expect(await http.delete("/api/v1/x", { body: {} })).toBeUndefined();
  expect(renewals).toEqual(["old"]);
  expect(requests.map((request) => request.headers.get("authorization"))).toEqual(["Bearer old", "Bearer new"]);
});

test("a second 401 is the answer", async () => {
  const { http, requests } = client(problem(401, "unauthenticated"), problem(401, "unauthenticated"));
  await expect(http.get("/api/v1/x")).rejects.toMatchObject({ status: 401, code: "unauthenticated" });
  expect(requests).toHaveLength(2);
});

test.each([
  [
    "a problem",
    problem(409, "unsend_expired"),
    { status: 409, code: "unsend_expired", traceId: "4bf9", retryable: false },
  ],
  [
    "with Retry-After",
    problem(429, "rate_limited", { "retry-after": "7" }),
    { code: "rate_limited", retryAfterMs: 7000, retryable: true },
  ],
  [
    "a proxy's page",
    () => new Response("<html>", { status: 502 }),
    { status: 502, code: "unavailable", retryable: true },
  ],
  ["no answer", () => Promise.reject(new TypeError("failed")), { status: 0, code: "network", retryable: true }],
])("%s becomes a typed error", async (_name, answer, expected) => {
  const error: unknown = await client(answer)
    .http.get("/api/v1/x")
    .catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject(expected);
});

test.each([
  [null, undefined],
  ["", undefined],
  ["soon", undefined],
  ["0", 0],
  ["1.5", 1500],
  ["Thu, 01 Jan 1970 00:00:30 GMT", 20_000],
  ["Thu, 01 Jan 1970 00:00:05 GMT", 0],
])("Retry-After %s at second 10 is %s ms", (value, expected) => {
  expect(parseRetryAfter(value, 10_000)).toBe(expected);
});
