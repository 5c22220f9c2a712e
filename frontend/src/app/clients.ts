import type { ChatClient } from "@/realtime/client";

/** Makes the chat client of a user; the same one however often it is asked while the session lasts. */
export type ClientFactory = (userId: string) => Promise<ChatClient>;

/**
 * Keeps one started client per user for as long as the session lasts. A client ends with its session, so the next
 * sign-in, which another tab may make without this page being loaded anew, gets a new one.
 */
export function keepClients(
  session: { onEnd(listener: () => void): () => void },
  make: (userId: string) => Promise<ChatClient>,
): ClientFactory {
  const clients = new Map<string, Promise<ChatClient>>();
  session.onEnd(() => clients.clear());

  async function started(userId: string): Promise<ChatClient> {
    const client = await make(userId);
    await client.start();
    return client;
  }

  return (userId) => {
    const known = clients.get(userId);
    if (known) return known;
    const client = started(userId);
    clients.set(userId, client);
    client.catch(() => {
      if (clients.get(userId) === client) clients.delete(userId);
    });
    return client;
  };
}
