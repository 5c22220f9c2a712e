import type { Http } from "./http";
import { ApiError } from "./problem";
import type { Put } from "./put";
import type { MediaKind, MediaRef, MediaUpload } from "./types";

/** A file as it is declared to the server. */
export interface MediaFile {
  kind: MediaKind;
  name: string;
  contentType: string;
  blob: Blob;
}

/** `preparing`: its hash is taken and a place asked for. `processing`: the server looks at what it got. */
export type UploadStep = "preparing" | "uploading" | "processing";

export interface UploadDeps {
  http: Http;
  put: Put;
  /** SHA-256 in lower-case hex. */
  digest: (blob: Blob) => Promise<string>;
}

export interface UploadOptions {
  onStep?: (step: UploadStep, sentBytes: number) => void;
  signal?: AbortSignal;
}

/**
 * `code` when the place for the bytes did not take them: it is valid for minutes only, and the whole upload is begun
 * again for another.
 */
export const UPLOAD_BROKEN = "upload_broken";

/** Brings a file to the server, from its hash to the object that a message can name. Fails with {@link ApiError}. */
export async function uploadMedia(deps: UploadDeps, file: MediaFile, options: UploadOptions = {}): Promise<MediaRef> {
  const { signal, onStep } = options;
  const { blob } = file;
  onStep?.("preparing", 0);
  const sha256 = await deps.digest(blob);
  signal?.throwIfAborted();
  const { media_id, upload } = await deps.http.post<MediaUpload>("/api/v1/media", {
    body: { kind: file.kind, name: file.name, content_type: file.contentType, size_bytes: blob.size, sha256 },
    signal,
  });
  onStep?.("uploading", 0);
  const { method, url, headers } = upload;
  const onProgress = (sentBytes: number) => onStep?.("uploading", Math.min(sentBytes, blob.size));
  const answer = await deps.put({ method, url, headers, body: blob, onProgress, signal });
  if (answer.status < 200 || answer.status > 299) throw refusal(answer.status, answer.retryAfterMs);
  onStep?.("processing", blob.size);
  return deps.http.post<MediaRef>(`/api/v1/media/${media_id}/complete`, { signal });
}

/** The place for bytes may be an object store, which answers in its own words; only the status is common. */
function refusal(status: number, retryAfterMs: number | undefined): ApiError {
  if (status === 429) return new ApiError({ status, code: "rate_limited" }, retryAfterMs);
  if (status >= 500) return new ApiError({ status, code: "unavailable" }, retryAfterMs);
  return new ApiError({ status, code: UPLOAD_BROKEN });
}

/** The browser's own SHA-256, off the main thread. */
export async function sha256Hex(blob: Blob): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
