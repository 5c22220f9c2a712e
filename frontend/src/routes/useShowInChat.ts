import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

/** Opens a conversation at one of its messages. */
export function useShowInChat(): (conversationId: string, seq: number) => void {
  const navigate = useNavigate();
  return useCallback(
    (id, seq) => {
      void navigate({ to: "/chats/$id", params: { id }, search: { at: seq } });
    },
    [navigate],
  );
}
