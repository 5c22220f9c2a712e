import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Conversation, Entry, MediaKind, MediaUpload } from "../../src/api/types";
import type { TestFile } from "./files";

export function emailOf(name: string): string {
  return `${name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .toLowerCase()}@example.com`;
}

/** A user as a client without a browser has it: it prepares what a test starts from, and looks at what the server holds. */
export class Account {
  private constructor(
    readonly url: string,
    readonly name: string,
    readonly email: string,
    private readonly token: string,
  ) {}

  /** Signs in the way native clients do; the first time makes the account. */
  static async signIn(url: string, name: string, email = emailOf(name), device = "Script"): Promise<Account> {
    const verifier = randomBytes(32).toString("base64url");
    const query = new URLSearchParams({
      redirect_uri: "http://127.0.0.1:1/signed-in",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      device_name: device,
      login_hint: email,
    });
    const code = await follow(`${url}/auth/login/dev?${query}`);
    const answer = await fetch(`${url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ grant_type: "authorization_code", code, code_verifier: verifier }),
    });
    if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
    const { access_token } = (await answer.json()) as { access_token: string };
    const account = new Account(url, name, email, access_token);
    await account.call("PATCH", "/me", { username: name });
    return account;
  }

  /** The header that says who asks. */
  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  /** Asks the API; what comes too fast for it is asked again when it says. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: this.authorization, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status === 429) {
      const { retry_after_ms = 0 } = (await answer.json()) as { retry_after_ms?: number };
      await setTimeout(retry_after_ms);
      return this.call(method, path, body);
    }
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  async id(): Promise<string> {
    return (await this.call<{ id: string }>("GET", "/me")).id;
  }

  /** Makes friends by a request and a crossing one; the direct conversation's id. */
  async befriend(other: Account): Promise<string> {
    const mine = await this.call<{ friend_code: string }>("GET", "/me");
    const theirs = await other.call<{ friend_code: string }>("GET", "/me");
    await this.call("POST", "/friend-requests", { friend_code: theirs.friend_code });
    await other.call("POST", "/friend-requests", { friend_code: mine.friend_code });
    return this.directWith(other);
  }

  async directWith(other: Account): Promise<string> {
    return (await this.call<Conversation>("POST", "/conversations/direct", { user_id: await other.id() })).id;
  }

  async createGroup(name: string, members: Account[]): Promise<Conversation> {
    const ids = await Promise.all(members.map((member) => member.id()));
    return this.call("POST", "/groups", { name, member_ids: ids });
  }

  async send(conversationId: string, text: string, replyTo?: number): Promise<Entry> {
    return this.#post(conversationId, { type: "text", text, ...(replyTo !== undefined && { reply_to: replyTo }) });
  }

  async sendFile(conversationId: string, kind: MediaKind, file: TestFile, caption?: string): Promise<Entry> {
    const media = { id: await this.upload(kind, file) };
    return this.#post(conversationId, { type: kind, media, ...(caption !== undefined && { caption }) });
  }

  #post(conversationId: string, content: object): Promise<Entry> {
    return this.call("POST", `/conversations/${conversationId}/messages`, {
      client_msg_id: randomUUID(),
      client_time: new Date().toISOString().replace("Z", "+00:00"),
      content,
    });
  }

  /** Brings a file to the server; the id by which a message, a profile or a group can name it. */
  async upload(kind: MediaKind, { name, mimeType, buffer }: TestFile): Promise<string> {
    const { media_id, upload } = await this.call<MediaUpload>("POST", "/media", {
      kind,
      name,
      content_type: mimeType,
      size_bytes: buffer.length,
      sha256: createHash("sha256").update(buffer).digest("hex"),
    });
    const { method, url, headers } = upload;
    const answer = await fetch(url, { method, headers, body: new Uint8Array(buffer) });
    if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
    await this.call("POST", `/media/${media_id}/complete`);
    return media_id;
  }

  /** The newest messages of a conversation in their order, as the server holds them. */
  async texts(conversationId: string): Promise<string[]> {
    const { items } = await this.call<{ items: Entry[] }>("GET", `/conversations/${conversationId}/entries?limit=100`);
    return items.flatMap(({ content }) => (content?.type === "text" ? [content.text as string] : []));
  }

  /** The server's clock, Unix milliseconds. */
  async serverTime(): Promise<number> {
    const answer = await this.call<{ server_time: string }>("POST", "/sync", { conversations: {}, user_seq: 0 });
    return Date.parse(answer.server_time);
  }
}

/** Follows the redirects of a sign-in to the one-time code at its end. */
async function follow(start: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = start;
  for (let hop = 0; hop < 10; hop += 1) {
    const answer = await fetch(at, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const split = pair.indexOf("=");
      cookies.set(pair.slice(0, split), pair.slice(split + 1));
    }
    const location = answer.headers.get("location");
    if (!location) throw new Error(`the sign-in stopped at ${at}: ${answer.status} ${await answer.text()}`);
    const next = new URL(location, at);
    const code = next.searchParams.get("code");
    if (code && next.port === "1") return code;
    at = next.href;
  }
  throw new Error("the sign-in does not end");
}
