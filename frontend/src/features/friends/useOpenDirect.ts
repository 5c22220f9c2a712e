import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { directWith } from "./api";

/** Opens the chat with a friend: the one that is there, or a new one. */
export function useOpenDirect(): (userId: string) => Promise<void> {
  const http = useHttp();
  const client = useChatClient();
  const navigate = useNavigate();
  const fail = useFailure();
  return useCallback(
    async (userId) => {
      const here = Object.values(client.store.getState().conversations).find((c) => c.peer?.id === userId);
      try {
        let id = here?.id;
        if (!id) {
          const conversation = await directWith(http, userId);
          client.applyLocal({ type: "conversation", conversation });
          id = conversation.id;
        }
        await navigate({ to: "/chats/$id", params: { id } });
      } catch (error) {
        fail(error);
      }
    },
    [client, fail, http, navigate],
  );
}
