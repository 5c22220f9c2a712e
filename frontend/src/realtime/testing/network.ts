import type { Http, RequestOptions } from "@/api/http";
import { ApiError, networkError } from "@/api/problem";
import type { Put } from "@/api/put";
import type { Content, Draft, SyncRequest, WireEvent } from "@/api/types";
import type { Link, LinkHandlers, Transport } from "../transport";
import type { FakeServer, MediaClaim } from "./server";

/** The requests that bring a file to the server. */
export type UploadRequest = "create" | "put" | "complete";

/** The way between one device and the server, with the faults a test wants. */
export class FakeNetwork {
  down = false;
  /** Frames the server answers, but the answers get lost. */
  loseReceipts = false;
  /** Live events that get lost. */
  loseEvents = false;
  /** Takes the place of the server's answer to the next message frames. */
  refusals: { code: string; detail?: string; retry_after_ms?: number }[] = [];
  /** Every message frame that arrived at the server. */
  readonly sent: { clientMsgId: string; conversationId: string }[] = [];
  /** Every marker that the server took. */
  readonly reads: { conversationId: string; seq: number }[] = [];
  /** The conversations of the markers that it refused. */
  readonly refused: string[] = [];
  readonly tokens: string[] = [];
  /** The texts of drafts that arrived at the server. */
  readonly drafts: string[] = [];
  /** What becomes of the next upload requests: an answer with this status, none at all, or waiting without end. */
  uploadFaults: { at: UploadRequest; fault: number | "lost" | "stuck" }[] = [];
  /** The upload requests that were made. */
  readonly uploads: UploadRequest[] = [];
  connections = 0;
  private readonly open = new Set<() => void>();

  constructor(
    private readonly server: FakeServer,
    private readonly userId: string,
  ) {}

  /** Every socket breaks. */
  cut(): void {
    for (const close of [...this.open]) close();
  }

  transport: Transport = (_token, handlers) => {
    let closed = false;
    const unlisten = this.server.listen(this.userId, (event) => later(() => deliver(event)));
    const deliver = (event: WireEvent) => {
      if (!closed && !this.loseEvents) handlers.onEvent(event);
    };
    const close = () => {
      if (closed) return;
      closed = true;
      unlisten();
      this.open.delete(close);
      const error = this.server.leaving.has(this.userId) ? { error: "account_deleting" } : {};
      later(() => handlers.onClosed({ code: 1006, ...error }));
    };
    const later = (task: () => void) => queueMicrotask(task);
    this.open.add(close);
    if (!this.down) this.connections += 1;
    if (this.down || this.server.leaving.has(this.userId)) close();
    else {
      later(() => {
        if (!closed) handlers.onConnected({ version: "1.2", epoch: this.server.epoch });
      });
    }
    return {
      close,
      send: (destination, body, receipt) => {
        if (closed || this.down) return;
        this.frame(destination, body as Record<string, unknown>, receipt, handlers, () => closed);
      },
    } satisfies Link;
  };

  private frame(
    destination: string,
    body: Record<string, unknown>,
    receipt: string | undefined,
    handlers: LinkHandlers,
    closed: () => boolean,
  ): void {
    const [, , , id = "", what] = destination.split("/");
    if (destination === "/app/token") this.tokens.push(String(body["access_token"]));
    const answer = (task: () => void) =>
      queueMicrotask(() => {
        if (!closed() && !this.loseReceipts) task();
      });
    const refuse = (error: { code: string; detail?: string | undefined; retry_after_ms?: number | undefined }) =>
      answer(() => handlers.onEvent({ type: "error", receipt, ...error, detail: error.detail ?? error.code }));
    const refuseBy = (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      refuse({ code: error.code, detail: error.detail, retry_after_ms: error.retryAfterMs });
    };
    if (what === "read") {
      const seq = Number(body["seq"]);
      try {
        this.server.markRead(this.userId, id, seq);
        this.reads.push({ conversationId: id, seq });
        answer(() => handlers.onReceipt(receipt ?? "", {}));
      } catch (error) {
        this.refused.push(id);
        refuseBy(error);
      }
    }
    if (what !== "messages") return;
    const clientMsgId = String(body["client_msg_id"]);
    this.sent.push({ clientMsgId, conversationId: id });
    const refusal = this.refusals.shift();
    if (refusal) return refuse(refusal);
    try {
      const viewed = body["viewed_seq"] as number | undefined;
      const entry = this.server.send(this.userId, id, clientMsgId, body["content"] as Content, viewed);
      answer(() =>
        handlers.onReceipt(receipt ?? "", {
          seq: String(entry.seq),
          "message-id": entry.id,
          "trace-id": `trace-${clientMsgId}`,
        }),
      );
    } catch (error) {
      refuseBy(error);
    }
  }

  put: Put = async ({ url, body, onProgress, signal }) => {
    const status = await this.meetUploadFault("put", signal);
    if (status !== undefined) return { status };
    onProgress(body.size);
    this.server.takeBytes(url, body);
    return { status: 200 };
  };

  /** Answers the status of a refusal, if there is to be one. */
  private async meetUploadFault(at: UploadRequest, signal?: AbortSignal): Promise<number | undefined> {
    this.uploads.push(at);
    await Promise.resolve();
    if (this.down) throw networkError(new Error("down"));
    if (this.uploadFaults[0]?.at !== at) return undefined;
    const fault = this.uploadFaults.shift()?.fault;
    if (fault === "lost") throw networkError(new Error("lost"));
    if (fault !== "stuck") return fault;
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }

  http: Http = {
    get: (path, options) => this.request("GET", path, options),
    post: (path, options) => this.request("POST", path, options),
    put: (path, options) => this.request("PUT", path, options),
    patch: (path, options) => this.request("PATCH", path, options),
    delete: (path, options) => this.request("DELETE", path, options),
  };

  private async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    await Promise.resolve();
    if (this.down) throw networkError(new Error("down"));
    if (path.startsWith("/api/v1/media")) return (await this.upload(path, options)) as T;
    return structuredClone(this.route(method, path, options)) as T;
  }

  private async upload(path: string, { body, signal }: RequestOptions): Promise<unknown> {
    const [, , , , id] = path.split("/");
    const status = await this.meetUploadFault(id ? "complete" : "create", signal);
    if (status !== undefined) throw new ApiError({ status, code: CODES[status] ?? "unavailable" });
    return id ? this.server.completeMedia(this.userId, id) : this.server.createMedia(this.userId, body as MediaClaim);
  }

  private route(method: string, path: string, { body, query }: RequestOptions): unknown {
    const [, , , noun, id = "", what, seq, verb] = path.split("/");
    if (noun === "sync") return this.server.sync(this.userId, body as SyncRequest);
    const deletes_at = this.server.leaving.get(this.userId);
    if (noun === "me") return { ...this.server.user(this.userId), relation: "self", ...(deletes_at && { deletes_at }) };
    if (deletes_at) throw new ApiError({ status: 403, code: "account_deleting" });
    if (noun === "friends" || noun === "friend-requests" || noun === "blocks") return { items: [] };
    if (noun === "conversations" && method === "GET" && !what) return this.server.view(this.userId, id);
    if (noun === "conversations" && method === "PATCH") {
      const { draft } = body as { draft: Draft | null };
      this.drafts.push(draft?.text ?? "");
      return { ...this.server.view(this.userId, id), draft: draft && { ...draft, version: draft.version + 1 } };
    }
    if (what === "entries" && method === "GET") {
      const number = (name: string) => (query?.[name] === undefined ? {} : { [name]: Number(query[name]) });
      return this.server.page(this.userId, id, { ...number("after"), ...number("before"), ...number("around") });
    }
    if (what === "entries" && verb === "unsend") return this.server.unsend(this.userId, id, Number(seq));
    throw new ApiError({ status: 404, code: "not_found" });
  }
}

const CODES: Record<number, string> = {
  404: "not_found",
  409: "conflict",
  413: "payload_too_large",
  415: "unsupported_media",
  429: "rate_limited",
};
