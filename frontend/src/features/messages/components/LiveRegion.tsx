import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChat, useChatClient } from "@/app/chat";
import { previewOf } from "@/chat/preview";
import { createAnnouncer, type Announcer, type Speech } from "../announcing";
import { useNetworkWait } from "../useConnectionNotice";

/** Speaks live arrivals of the open conversation and what an own message waits for, politely; the log itself is silent. */
export function LiveRegion({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { store } = useChatClient();
  const announcements = useChat((s) => s.announcements);
  const [said, setSaid] = useState<{ speech: Speech; nth: number }>();
  const announcer = useRef<Announcer>(undefined);
  const lastId = useRef<number>(undefined);

  useEffect(() => {
    const created = createAnnouncer((speech) => setSaid((before) => ({ speech, nth: (before?.nth ?? 0) + 1 })));
    announcer.current = created;
    // What came before the conversation was opened is history.
    lastId.current = store.getState().announcements.at(-1)?.id ?? 0;
    return () => created.stop();
  }, [conversationId, store]);

  useEffect(() => {
    for (const each of announcements) {
      if (each.id <= (lastId.current ?? 0)) continue;
      lastId.current = each.id;
      if (each.conversationId !== conversationId) continue;
      const text = each.content.type === "text" ? each.content.text : previewOf(each.content, t).text;
      announcer.current?.arrive(t("log.spoken", { name: each.sender, text }));
    }
  }, [announcements, conversationId, t]);

  // One's own is not spoken as it goes out at once; one that cannot is.
  const own = useChat((s) => s.outbox[conversationId]?.at(-1)?.clientMsgId);
  const waitsFor = useNetworkWait();
  const told = useRef(own);
  useEffect(() => {
    if (own === undefined || waitsFor === undefined || told.current === own) return;
    told.current = own;
    announcer.current?.arrive(`${t("message.pendingName")}, ${waitsFor}`);
  }, [own, waitsFor, t]);

  return (
    <div className="sr" aria-live="polite">
      {/* A new element each time: the same words a second time would be no change, and not be spoken. */}
      {said && (
        <p key={said.nth}>
          {"text" in said.speech ? said.speech.text : t("log.arrivals", { count: said.speech.count })}
        </p>
      )}
    </div>
  );
}
