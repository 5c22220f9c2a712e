import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import type { Conversation } from "../../src/api/types";
import type { Account } from "../../e2e/support/account";

/** Requests under way at once: enough to fill the groups in which the server commits. */
const AT_ONCE = 64;

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** Runs `act` for 0 … count − 1, a few at once. */
export async function times(count: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await act(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
}

const WORDS =
  "the boat is ready and wind comes from the west so we leave at noon if nobody minds 明天 見 bring water 🙂 and a map".split(
    " ",
  );

/** What somebody could have written: mostly a line, sometimes a paragraph. The same number gives the same text. */
export function textOf(number: number): string {
  const length = number % 23 === 0 ? 90 : 3 + (number % 13);
  return `${number} ${Array.from({ length }, (_, at) => WORDS[(number * 7 + at * 3) % WORDS.length]).join(" ")}`;
}

/** Sends messages through the API as fast as it takes them, in any order. */
export async function write(from: Account[], ids: string[], perConversation: number): Promise<void> {
  await times(ids.length * perConversation, async (index) => {
    const id = ids[index % ids.length] as string;
    const sender = from[Math.floor(index / ids.length / 3) % from.length] as Account;
    await post(sender, `/conversations/${id}/messages`, {
      client_msg_id: randomUUID(),
      client_time: new Date().toISOString().replace("Z", "+00:00"),
      content: { type: "text", text: textOf(Math.floor(index / ids.length) + 1) },
    });
  });
}

/** Groups of the first of `members` with the others; their ids. */
export async function groups(members: [Account, ...Account[]], names: string[]): Promise<string[]> {
  const [admin, ...others] = members;
  const member_ids = await Promise.all(others.map((member) => member.id()));
  const ids: string[] = [];
  await times(names.length, async (index) => {
    const made = await admin.call<Conversation>("POST", "/groups", { name: names[index], member_ids });
    ids[index] = made.id;
  });
  return ids;
}

/** As `Account.call`, on few connections that stay open. */
function post(account: Account, path: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: account.authorization, "content-type": "application/json" };
    const sent = request(`${account.url}/api/v1${path}`, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.once("end", () => {
        if (answer.statusCode === 201) resolve();
        else reject(new Error(`POST ${path}: ${answer.statusCode}`));
      });
    });
    sent.once("error", reject);
    sent.end(JSON.stringify(body));
  });
}
