import { useNavigate, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

/** Opens a conversation at one of its messages. */
export function useShowInChat(): (conversationId: string, seq: number) => void {
  const navigate = useNavigate();
  const { history } = useRouter();
  return useCallback(
    (id, seq) => {
      // From something that covers the page: its step of the history is the one to the message.
      const replace = history.location.state.cover === true;
      void navigate({ to: "/chats/$id", params: { id }, search: { at: seq }, replace });
    },
    [navigate, history],
  );
}
