import { networkError, parseRetryAfter } from "./problem";

/** One file on its way to the place that the server named for it. */
export interface PutRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Blob;
  /** Bytes that have left so far. */
  onProgress: (sentBytes: number) => void;
  signal?: AbortSignal | undefined;
}

export interface PutAnswer {
  status: number;
  retryAfterMs?: number | undefined;
}

/** Rejects with the signal's reason, or with a network error when no answer came. */
export type Put = (request: PutRequest) => Promise<PutAnswer>;

/** A line that has moved nothing for so long is dead, whatever the system says of it. */
const STALLED_MS = 60_000;

/** `fetch` tells nothing of how much of a body has left; XMLHttpRequest does. */
export const xhrPut: Put = (request) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const { signal } = request;
    const abort = () => xhr.abort();
    if (signal?.aborted) return reject(signal.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    xhr.open(request.method, request.url);
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
    let stalled: ReturnType<typeof setTimeout>;
    const moved = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => {
        reject(networkError(new Error("the upload stalled")));
        xhr.abort();
      }, STALLED_MS);
    };
    moved();
    xhr.upload.onprogress = (event) => {
      moved();
      request.onProgress(event.loaded);
    };
    xhr.onload = () => {
      // Asking for a header that the other origin does not expose is an error in the console.
      const exposed = /^retry-after:/imu.test(xhr.getAllResponseHeaders());
      const retryAfterMs = parseRetryAfter(exposed ? xhr.getResponseHeader("retry-after") : null, Date.now());
      resolve({ status: xhr.status, retryAfterMs });
    };
    xhr.onerror = () => reject(networkError(new Error("the upload broke off")));
    xhr.onabort = () => reject(signal?.reason as Error);
    xhr.onloadend = () => {
      clearTimeout(stalled);
      signal?.removeEventListener("abort", abort);
    };
    xhr.send(request.body);
  });
