import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Entry, MediaKind } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { mediaQuery } from "./api";
import { mergeMedia } from "./model";

const NOTHING: Entry[] = [];
const NONE: Record<number, true> = {};

/** The media of a conversation, kept right while messages arrive and go. */
export function useMediaEntries(conversationId: string, kinds: readonly MediaKind[]) {
  const http = useHttp();
  const query = useInfiniteQuery(mediaQuery(http, conversationId, kinds.length === 1 ? kinds[0] : undefined));
  const live = useChat((s) => s.timelines[conversationId]?.entries) ?? NOTHING;
  const erased = useChat((s) => s.sync.erased[conversationId]) ?? NONE;
  const pages = query.data?.pages;
  const told = useMemo(() => pages?.flatMap((page) => page.items) ?? NOTHING, [pages]);
  const items = useMemo(() => mergeMedia(told, live, erased, kinds), [told, live, erased, kinds]);
  return { items, users: pages?.flatMap((page) => page.users), oldest: told.at(-1)?.seq, query };
}
