import { useState } from "react";
import type { FriendRequest } from "@/api/types";
import { useChat } from "@/app/chat";
import { RequestToast } from "@/features/alerts/Toasts";
import { useRequestAnswers } from "@/features/friends/useRequestAnswers";

const isWaiting = (request: FriendRequest) => request.direction === "incoming" && request.status === "pending";

interface RequestToastsProps {
  /** The list of requests is in view, where each can be answered too. */
  listed: boolean;
}

/** Friend requests that were made while the page is open; older ones wait in the list. */
export function RequestToasts({ listed }: RequestToastsProps) {
  const requests = useChat((s) => s.requests);
  const offset = useChat((s) => s.clockOffsetMs);
  const [openedAt] = useState(Date.now);
  const [closed, setClosed] = useState<string[]>([]);
  const isNew = (request: FriendRequest) => Date.parse(request.created_at) >= openedAt + offset;

  return requests
    .filter((request) => isWaiting(request) && isNew(request) && !closed.includes(request.id))
    .map((request) => (
      <Answerable
        key={request.id}
        request={request}
        listed={listed}
        onEnd={() => setClosed((before) => [...before, request.id])}
      />
    ));
}

interface AnswerableProps extends RequestToastsProps {
  request: FriendRequest;
  onEnd: () => void;
}

function Answerable({ request, listed, onEnd }: AnswerableProps) {
  const { accept, decline } = useRequestAnswers(request);
  const [end] = useState(() => onEnd);
  return <RequestToast user={request.user} listed={listed} onAccept={accept} onDecline={decline} onEnd={end} />;
}
