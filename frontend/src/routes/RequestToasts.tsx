import { useEffect, useRef, useState } from "react";
import type { FriendRequest } from "@/api/types";
import { useChat } from "@/app/chat";
import { RequestToast } from "@/features/alerts/Toasts";
import { useRequestAnswers } from "@/features/friends/useRequestAnswers";

const isWaiting = (request: FriendRequest) => request.direction === "incoming" && request.status === "pending";

/** Friend requests that arrive while the page is open. */
export function RequestToasts() {
  const ready = useChat((s) => s.ready);
  const requests = useChat((s) => s.requests);
  const known = useRef<Set<string>>(undefined);
  const [shown, setShown] = useState<string[]>([]);

  useEffect(() => {
    if (!ready) return;
    const waiting = requests.filter(isWaiting).map((request) => request.id);
    const arrived = known.current ? waiting.filter((id) => !known.current?.has(id)) : [];
    known.current = new Set(waiting);
    if (arrived.length > 0) setShown((before) => [...before, ...arrived]);
  }, [ready, requests]);

  return requests
    .filter((request) => shown.includes(request.id) && isWaiting(request))
    .map((request) => (
      <Answerable
        key={request.id}
        request={request}
        onEnd={() => setShown((before) => before.filter((id) => id !== request.id))}
      />
    ));
}

function Answerable({ request, onEnd }: { request: FriendRequest; onEnd: () => void }) {
  const { accept, decline } = useRequestAnswers(request);
  const [end] = useState(() => onEnd);
  return <RequestToast user={request.user} onAccept={accept} onDecline={decline} onEnd={end} />;
}
