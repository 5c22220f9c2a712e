import { useCallback, useEffect, useRef, useState } from "react";
import { useChat, useChatClient } from "@/app/chat";

/** A draft is saved this long after the first key that changed it. */
const SAVE_AFTER_MS = 500;

interface Words {
  text: string;
  replyTo?: number;
}

/**
 * The text being written in a conversation. It is saved while typing and at leaving, and follows other devices as long
 * as nothing unsaved would be lost. Mount it with the conversation's id as `key`.
 */
export function useDraft(conversationId: string) {
  const { actions } = useChatClient();
  const stored = useChat((s) => s.drafts[conversationId]);
  const [words, setWords] = useState<Words>(() => ({ text: stored?.text ?? "", replyTo: stored?.reply_to }));
  const [seen, setSeen] = useState(stored);
  const [dirty, setDirty] = useState(false);

  // Another device wrote: its text is shown unless this one has words of its own.
  if (stored !== seen) {
    setSeen(stored);
    if (!dirty && !stored?.conflict) {
      const next = { text: stored?.text ?? "", replyTo: stored?.reply_to };
      if (next.text !== words.text || next.replyTo !== words.replyTo) setWords(next);
    }
  }

  const latest = useRef({ words, dirty });
  useEffect(() => {
    latest.current = { words, dirty };
  }, [words, dirty]);

  const save = useCallback(
    (leaving = false) => {
      if (!latest.current.dirty) return;
      const { text, replyTo } = latest.current.words;
      const empty = text.trim() === "" && replyTo === undefined;
      const draft = empty ? null : { text, ...(replyTo !== undefined && { reply_to: replyTo }) };
      actions.saveDraft(conversationId, draft, leaving ? "leaving" : undefined);
      latest.current.dirty = false;
      setDirty(false);
    },
    [actions, conversationId],
  );

  // Not put off by further keys: whoever types on without a pause has no more to lose than others.
  useEffect(() => {
    if (!dirty) return;
    const timer = setTimeout(() => save(), SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [dirty, save]);

  useEffect(() => {
    const onHide = () => {
      if (document.visibilityState === "hidden") save(true);
    };
    const onLeave = () => save(true);
    document.addEventListener("visibilitychange", onHide);
    window.addEventListener("pagehide", onLeave);
    return () => {
      document.removeEventListener("visibilitychange", onHide);
      window.removeEventListener("pagehide", onLeave);
      save();
    };
  }, [save]);

  const change = useCallback((part: Partial<Words>) => {
    setDirty(true);
    setWords((before) => ({ ...before, ...part }));
  }, []);

  return {
    ...words,
    conflict: stored?.conflict,
    save: useCallback(() => save(), [save]),
    setText: useCallback((text: string) => change({ text }), [change]),
    setReplyTo: useCallback((replyTo: number | undefined) => change({ replyTo }), [change]),
    /** The message went out: its draft goes on all devices. */
    clear: useCallback(() => {
      latest.current.dirty = false;
      setDirty(false);
      setWords({ text: "" });
      actions.saveDraft(conversationId, null, "sent");
    }, [actions, conversationId]),
    /** Puts an earlier draft in; the one that is there is kept in its place. */
    use: useCallback(
      (earlier: { text: string; reply_to?: number | null | undefined }) => {
        const { text, replyTo } = latest.current.words;
        actions.keepDraft(conversationId, { text, ...(replyTo !== undefined && { reply_to: replyTo }) });
        change({ text: earlier.text, replyTo: earlier.reply_to ?? undefined });
      },
      [actions, conversationId, change],
    ),
    resolve: useCallback(
      (keep: "mine" | "theirs") => {
        if (keep === "theirs") {
          latest.current.dirty = false;
          setDirty(false);
        } else {
          save();
        }
        actions.resolveDraft(conversationId, keep);
      },
      [actions, conversationId, save],
    ),
  };
}
