import type { Http } from "./http";
import type { Page } from "./types";

/** The server's largest page. */
const LARGEST = 100;

/** Every item of a list that the server answers in pages. */
export async function allPages<T>(
  http: Pick<Http, "get">,
  path: string,
  options: { query?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<T[]> {
  const { query, ...rest } = options;
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await http.get(path, { ...rest, query: { ...query, limit: LARGEST, cursor } });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}
