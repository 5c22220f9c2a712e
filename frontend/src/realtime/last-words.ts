/** What was being written in a conversation. */
interface Words {
  text: string;
  reply_to?: number;
}

/**
 * What was being written when a page went. The browser finishes no transaction of a page that goes, and a request may
 * be refused because another one is under way; this is stored before the next instruction runs.
 */
export interface LastWords {
  keep(conversationId: string, draft: Words): void;
  /** The words are safe elsewhere, or a message by now. */
  drop(conversationId: string): void;
  /** What was kept, once. */
  take(): Record<string, Words>;
}

const PREFIX = "kith.last-words.";

export function lastWords(userId: string): LastWords {
  const key = PREFIX + userId;
  const read = (): Record<string, Words> => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, Words>;
    } catch {
      return {};
    }
  };
  const write = (words: Record<string, Words>) => {
    try {
      if (Object.keys(words).length > 0) localStorage.setItem(key, JSON.stringify(words));
      else localStorage.removeItem(key);
    } catch {
      // The request that goes out beside this has to do.
    }
  };
  return {
    keep: (conversationId, draft) => write({ ...read(), [conversationId]: draft }),
    drop(conversationId) {
      const { [conversationId]: dropped, ...rest } = read();
      if (dropped) write(rest);
    },
    take() {
      const words = read();
      write({});
      return words;
    },
  };
}
