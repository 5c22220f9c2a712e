import type { Filters } from "@/features/search/model";

/** Filters of the search page; absent is everything, newest first. */
export interface FoundSearch {
  q?: string;
  chat?: string;
  sender?: string;
  since?: string;
  until?: string;
  sort?: "relevance";
  /** `seq` of the hit that is open. */
  at?: number;
}

export function filtersOf({ q = "", sort, chat, sender, since, until }: FoundSearch): Filters {
  return { q, sort: sort ?? "newest", chat, sender, since, until };
}
