// What the Node tests share: a real server, and people who use it.

import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// Nobody listens there: the code is read from the last redirect, as a native client reads it from the request.
const LOOPBACK = 'http://127.0.0.1:9/callback';

/** Serves one data directory; a restart keeps the port and the data. */
export class Server {
  #process;
  #directory;
  #port = 0;
  url = '';

  async start() {
    this.#directory ??= await mkdtemp(join(tmpdir(), 'kith-stompjs-'));
    const log = await open(join(this.#directory, 'kith.log'), 'a');
    const flags = ['--dev', '--no-limits', '--listen', `127.0.0.1:${this.#port}`, '--data-dir', join(this.#directory, 'data')];
    this.#process = spawn(process.env.KITH, ['serve', ...flags], { stdio: ['ignore', 'pipe', log.fd] });
    await log.close();
    const [line] = await once(createInterface(this.#process.stdout), 'line');
    this.url = /^listening on (http:\S+)$/.exec(line)[1];
    this.#port = new URL(this.url).port;
  }

  /** Ends the server; `SIGTERM` lets it drain, `SIGKILL` does not. */
  async stop(signal = 'SIGTERM') {
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
  }

  async remove() {
    await this.stop();
    await rm(this.#directory, { recursive: true });
  }

  get socketUrl() {
    return `${this.url.replace('http', 'ws')}/ws`;
  }
}

/** Signs in as native clients do (RFC 8252); whoever is new gets an account. */
export async function signIn(server, email) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    redirect_uri: LOOPBACK,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: email,
    device_name: 'stompjs',
  });
  let location = `${server.url}/auth/login/dev?${query}`;
  const cookies = [];
  while (!location.startsWith(LOOPBACK)) {
    const answer = await fetch(location, { redirect: 'manual', headers: { cookie: cookies.join('; ') } });
    cookies.push(...answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]));
    if (answer.status !== 302) throw new Error(`the sign-in ended at ${location}: ${answer.status} ${await answer.text()}`);
    location = new URL(answer.headers.get('location'), location).href;
  }
  const code = new URL(location).searchParams.get('code');
  const body = JSON.stringify({ grant_type: 'authorization_code', code, code_verifier: verifier });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/auth/token`, { method: 'POST', headers, body });
  const { access_token: token } = await answer.json();
  const person = new Person(server, token);
  person.id = (await person.ask('GET', '/me')).id;
  return person;
}

/** One signed-in device of one account. */
class Person {
  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  /** One call of the REST API that must work; its body. */
  async ask(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.server.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** Makes friends; the id of their conversation. */
  async befriend(other) {
    const { friend_code } = await other.ask('GET', '/me');
    const request = await this.ask('POST', '/friend-requests', { friend_code });
    await other.ask('POST', `/friend-requests/${request.id}/accept`);
    return (await this.ask('POST', '/conversations/direct', { user_id: other.id })).id;
  }
}

/** The body of a send. */
export function message(text) {
  return { client_msg_id: randomUUID(), client_time: new Date().toISOString(), content: { type: 'text', text } };
}
