import type { Problem } from "./types";

/** A refused or failed request. `code` is stable and decides what a view says; `detail` is for logs. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly traceId: string | undefined;
  readonly errors: NonNullable<Problem["errors"]>;
  /** From Retry-After, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The whole problem, with members of its own kind (the stored `draft` of a conflict). */
  readonly problem: Problem;

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.traceId = problem.trace_id ?? undefined;
    this.errors = problem.errors ?? [];
    this.retryAfterMs = retryAfterMs;
    this.problem = problem;
  }

  /** The request may succeed later, unchanged. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** `code` when no answer came at all: the network, not the server, failed. Status is 0. */
export const NETWORK_ERROR = "network";

export function networkError(cause: unknown): ApiError {
  const error = new ApiError({ status: 0, code: NETWORK_ERROR, title: "No answer" });
  error.cause = cause;
  return error;
}

/** Codes for answers that carry no problem document, as a proxy's do. */
function codeOf(status: number): string {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 413) return "payload_too_large";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "unavailable" : "validation_failed";
}

/** Reads a failed response; never throws. */
export async function readProblem(response: Response, nowMs: number): Promise<ApiError> {
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), nowMs);
  const traceId = response.headers.get("x-request-id") ?? undefined;
  const fallback: Problem = { status: response.status, code: codeOf(response.status), title: response.statusText };
  try {
    const body = (await response.json()) as Partial<Problem>;
    return new ApiError({ trace_id: traceId, ...fallback, ...body, status: response.status }, retryAfterMs);
  } catch {
    return new ApiError({ ...fallback, trace_id: traceId }, retryAfterMs);
  }
}

/** Retry-After (RFC 9110 §10.2.3): seconds or a date; the result is in milliseconds. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
