import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { FriendRequest } from "@/api/types";
import { useChatClient, useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { answerRequest, directWith } from "./api";

/** Accepting opens the chat; declining says nothing to anybody. */
export function useRequestAnswers(request: FriendRequest) {
  const http = useHttp();
  const client = useChatClient();
  const navigate = useNavigate();
  const fail = useFailure();
  const [busy, setBusy] = useState(false);

  function answer(kind: "accept" | "reject" | "cancel") {
    const status = ({ accept: "accepted", reject: "rejected", cancel: "cancelled" } as const)[kind];
    setBusy(true);
    void (async () => {
      try {
        await answerRequest(http, request.id, kind);
        client.applyLocal({ type: "friend_request", request: { ...request, status } });
        if (kind !== "accept") return;
        const conversation = await directWith(http, request.user.id);
        client.applyLocal({ type: "conversation", conversation });
        await navigate({ to: "/chats/$id", params: { id: conversation.id } });
      } catch (error) {
        fail(error);
      } finally {
        setBusy(false);
      }
    })();
  }

  return {
    busy,
    accept: () => answer("accept"),
    decline: () => answer("reject"),
    cancel: () => answer("cancel"),
  };
}
