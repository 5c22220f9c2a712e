import { ApiError, NETWORK_ERROR } from "@/api/problem";
import { UPLOAD_BROKEN, uploadMedia, type UploadDeps } from "@/api/upload";
import { resendDelay } from "./backoff";
import type { Core } from "./core";
import type { OutboxChange } from "./events";
import { uploadable } from "./reducer/outbox";
import type { LocalMedia, PendingMessage, UploadProgress } from "./state";
import type { Link } from "./transport";

/** Brings the files of the outbox to the server, some at a time and in order of writing. Leader only. */
export interface Uploader {
  /** Looks what can start, and ends what is not wanted any more. */
  pump(): void;
  /** There is a way to the server again. */
  onLive(): void;
  stop(): void;
}

export interface UploaderDeps extends Omit<UploadDeps, "http"> {
  core: Core;
  link: () => Link | undefined;
}

/** More at once would only share one line. */
const AT_ONCE = 2;

/** Every event about progress goes through all tabs. */
const PROGRESS_MS = 200;

/** Places for bytes go stale, but five in a row mean that something else is wrong. */
const MOST_BROKEN = 5;

/** `code` of a message whose file cannot be read any more: it was moved or changed before this device had copied it. */
export const FILE_LOST = "file_lost";

export function createUploader(deps: UploaderDeps): Uploader {
  const { core } = deps;
  const jobs = new Map<string, AbortController>();
  let cancelWait: (() => void) | undefined;

  const change = (event: OutboxChange) => core.share({ type: "outbox", change: event });
  const outbox = () => Object.values(core.state.getState().outbox).flat();

  function pump(): void {
    if (!core.leader()) return;
    const waiting = outbox().filter(({ content }) => content.type !== "text" && content.media.id === undefined);
    for (const [id, job] of jobs) {
      if (waiting.some((message) => message.clientMsgId === id && message.state === "waiting")) continue;
      jobs.delete(id);
      job.abort();
    }
    if (!deps.link()) return;
    for (const message of uploadable(waiting, core.clock.now())) {
      if (jobs.size >= AT_ONCE) break;
      if (!jobs.has(message.clientMsgId)) void run(message);
    }
    waitForNext(waiting);
  }

  /** Wakes when the first postponed file is due. */
  function waitForNext(waiting: PendingMessage[]): void {
    cancelWait?.();
    const due = waiting.flatMap(({ retryAt }) => (retryAt && retryAt > core.clock.now() ? [retryAt] : []));
    if (due.length > 0) cancelWait = core.clock.after(Math.min(...due) - core.clock.now(), pump);
  }

  async function run(message: PendingMessage): Promise<void> {
    const { clientMsgId, content } = message;
    if (content.type === "text") return;
    const job = new AbortController();
    jobs.set(clientMsgId, job);
    const progress = reporter(clientMsgId, job.signal);
    try {
      const blob = await fileOf(message);
      if (!blob) return refuse(clientMsgId, FILE_LOST);
      const { name, content_type } = content.media;
      const file = { kind: content.type, name, contentType: content_type, blob };
      const media = await uploadMedia({ ...deps, http: core.http }, file, { onStep: progress, signal: job.signal });
      const { url: _url, thumbnail_url: _thumbnail, ...known } = media;
      if (!job.signal.aborted)
        change({ kind: "uploaded", clientMsgId, media: { ...content.media, ...present(known) } });
    } catch (error) {
      if (!job.signal.aborted) failed(message, error);
    } finally {
      if (jobs.get(clientMsgId) === job) jobs.delete(clientMsgId);
      pump();
    }
  }

  /** The stored copy, which nobody can move or change; until it is stored, the file itself. */
  async function fileOf({ clientMsgId, file }: PendingMessage): Promise<Blob | undefined> {
    return (await core.store.file(clientMsgId).catch(() => undefined)) ?? file;
  }

  function reporter(clientMsgId: string, signal: AbortSignal) {
    let last: UploadProgress["step"] | undefined;
    let toldAt = 0;
    return (step: UploadProgress["step"], sentBytes: number) => {
      const now = core.clock.now();
      if (signal.aborted || (step === last && now - toldAt < PROGRESS_MS)) return;
      last = step;
      toldAt = now;
      change({ kind: "uploading", clientMsgId, upload: { step, sentBytes } });
    };
  }

  function failed(message: PendingMessage, error: unknown): void {
    const { clientMsgId, attempts } = message;
    // Nothing but reading the file fails without an answer's code.
    if (!(error instanceof ApiError)) return refuse(clientMsgId, FILE_LOST);
    // A place that was given up meanwhile is as good as one that broke.
    const broken = error.code === UPLOAD_BROKEN || error.code === "not_found" || error.code === "conflict";
    const again = error.retryable || error.code === "unauthenticated" || (broken && attempts + 1 < MOST_BROKEN);
    const code = broken ? UPLOAD_BROKEN : error.code;
    if (!again) return refuse(clientMsgId, code, error.detail);
    const retryAt = core.clock.now() + (error.retryAfterMs ?? resendDelay(attempts, core.random));
    change({ kind: "postponed", clientMsgId, code, retryAt, ...(error.detail && { detail: error.detail }) });
  }

  function refuse(clientMsgId: string, code: string, detail?: string): void {
    change({ kind: "refused", clientMsgId, code, ...(detail && { detail }) });
  }

  return {
    pump,
    onLive() {
      // What failed for want of a network need not wait now that there is one.
      for (const { clientMsgId, code, state } of outbox()) {
        if (state === "waiting" && code === NETWORK_ERROR) change({ kind: "reconnected", clientMsgId });
      }
      pump();
    },
    stop() {
      cancelWait?.();
      for (const job of jobs.values()) job.abort();
      jobs.clear();
    },
  };
}

/** What the server measured, without what it does not know. */
function present(media: LocalMedia): LocalMedia {
  return Object.fromEntries(Object.entries(media).filter(([, value]) => value !== null)) as LocalMedia;
}
