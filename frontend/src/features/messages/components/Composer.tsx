import {
  Suspense,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  type ClipboardEvent,
  type CSSProperties,
  type KeyboardEvent,
  type Ref,
} from "react";
import { lazily } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/types";
import { useChatClient } from "@/app/chat";
import { previewOf, wordsOf } from "@/chat/preview";
import type { PendingMessage } from "@/realtime/state";
import { hueOf } from "@/ui/avatar/identity";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import { TOUCH } from "@/ui/media";
import { charactersLeft, insertAt, isSendable, keyAct } from "../composing";
import { useAttachments } from "../useAttachments";
import { useDraft } from "../useDraft";
import { useGrowing } from "../useGrowing";
import { usePasteElsewhere } from "../usePasteElsewhere";
import { AttachButton } from "./AttachButton";
import styles from "./Composer.module.css";
import { EarlierDraftsButton } from "./EarlierDraftsButton";
import { EmojiButton } from "./EmojiButton";

/** With what shows a file in the timeline: what is picked offline is shown there before anything else can be fetched. */
const AttachmentTray = lazily(async () => {
  const [tray] = await Promise.all([import("./AttachmentTray"), import("./media/MediaBody")]);
  return tray;
});

export interface ComposerHandle {
  focus: () => void;
  reply: (seq: number) => void;
  /** Puts back what was written in a message that was taken back. */
  takeBack: (message: PendingMessage) => void;
}

interface ComposerProps {
  conversationId: string;
  title: string;
  /** The message that `seq` names, if it can be seen, and its sender's name. */
  entryOf: (seq: number) => Entry | undefined;
  nameOf: (userId: string) => string;
  onUp: () => void;
  /** Takes the focus when it appears, as somebody who opens a chat wants to write. */
  takeFocus: boolean;
  ref: Ref<ComposerHandle>;
}

/** Up to this length, in UTF-16 units, earlier drafts are offered beside a text. */
const SHORT = 24;

const touchKeyboard = () => matchMedia(TOUCH).matches;

export function Composer({ conversationId, title, entryOf, nameOf, onUp, takeFocus, ref }: ComposerProps) {
  const { t } = useTranslation();
  const { actions } = useChatClient();
  const { text, replyTo, conflict, setText, setReplyTo, clear, resolve, use, save } = useDraft(conversationId);
  const area = useRef<HTMLTextAreaElement>(null);
  /** Where the caret goes once a text that was put in by a press is shown, and whether one goes on writing there. */
  const caret = useRef<{ at: number; focus: boolean }>(undefined);
  const compositionEnd = useRef(Number.NEGATIVE_INFINITY);
  const attachments = useAttachments(conversationId);
  const left = charactersLeft(text);
  const sendable = attachments.any ? attachments.ready && (left ?? 0) >= 0 : isSendable(text);

  const focus = useCallback(() => area.current?.focus(), []);
  useImperativeHandle(
    ref,
    () => ({
      focus,
      reply: (seq) => {
        setReplyTo(seq);
        focus();
      },
      takeBack: ({ content }) => {
        const words = wordsOf(content);
        if (words !== "") setText(text === "" ? words : `${text}\n${words}`);
        if (typeof content.reply_to === "number" && replyTo === undefined) setReplyTo(content.reply_to);
        focus();
      },
    }),
    [focus, setReplyTo, setText, text, replyTo],
  );
  useGrowing(area, text);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element || caret.current === undefined) return;
    if (caret.current.focus) element.focus();
    element.setSelectionRange(caret.current.at, caret.current.at);
    caret.current = undefined;
  }, [text]);
  useEffect(() => {
    // On touch screens the keyboard would cover half of what was opened.
    if (takeFocus && !touchKeyboard()) focus();
  }, [conversationId, takeFocus, focus]);

  function send() {
    if (!sendable) return;
    const reply = replyTo === undefined ? {} : { reply_to: replyTo };
    if (attachments.any) attachments.send({ ...(text.trim() !== "" && { caption: text }), ...reply });
    else actions.send(conversationId, { type: "text", text, ...reply });
    clear();
    focus();
  }

  /** Takes the place of what is selected in the text. */
  function insert(piece: string, more = false) {
    const field = area.current;
    if (!field) return;
    const next = insertAt(text, field.selectionStart, field.selectionEnd, piece);
    caret.current = { at: next.caret, focus: !more };
    setText(next.text);
    actions.typing(conversationId);
  }

  /** What was copied as a picture is attached; what has words too is words, as from a text processor. */
  function attach(data: DataTransfer): boolean {
    const files = [...data.files];
    if (files.length === 0 || data.types.includes("text/plain")) return false;
    attachments.add(files);
    return true;
  }

  function onPaste(event: ClipboardEvent) {
    if (attach(event.clipboardData)) event.preventDefault();
  }

  usePasteElsewhere((data) => {
    const words = data.getData("text/plain");
    if (attach(data)) focus();
    else if (words !== "") insert(words);
  });

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    const { key, shiftKey, altKey, ctrlKey, metaKey, keyCode } = event;
    const { isComposing } = event.nativeEvent;
    const facts = { key, shiftKey, altKey, ctrlKey, metaKey, keyCode, isComposing };
    const act = keyAct(facts, performance.now() - compositionEnd.current, touchKeyboard());
    if (act !== "type") {
      event.preventDefault();
      if (act === "send") send();
    } else if (key === "ArrowUp" && text === "" && !isComposing && !altKey && !ctrlKey && !metaKey) {
      event.preventDefault();
      onUp();
    } else if (key === "Escape" && replyTo !== undefined && !isComposing) {
      event.preventDefault();
      event.stopPropagation();
      setReplyTo(undefined);
    }
  }

  return (
    <div className={styles.composer}>
      {conflict && (
        <div className={styles.offer} role="status">
          <div className="grow">
            <b>{t("composer.conflict")}</b>
            <div className={styles.other}>{conflict.text}</div>
          </div>
          <button type="button" onClick={() => resolve("theirs")}>
            {t("composer.use")}
          </button>
          <button type="button" onClick={() => resolve("mine")}>
            {t("composer.keepMine")}
          </button>
        </div>
      )}
      {replyTo !== undefined && (
        <ReplyBar entry={entryOf(replyTo)} nameOf={nameOf} onCancel={() => setReplyTo(undefined)} />
      )}
      {attachments.any && (
        <Suspense>
          <AttachmentTray attachments={attachments.list} onRemove={attachments.remove} />
        </Suspense>
      )}
      <div className={styles.box}>
        <AttachButton onPick={attachments.add} />
        <textarea
          ref={area}
          className={styles.input}
          data-composer
          rows={1}
          value={text}
          placeholder={t(attachments.any ? "composer.caption" : "composer.placeholder")}
          aria-label={t("composer.name", { name: title })}
          aria-describedby={left === undefined ? undefined : "composer-left"}
          aria-invalid={left !== undefined && left < 0 ? true : undefined}
          enterKeyHint={touchKeyboard() ? "enter" : "send"}
          dir="auto"
          onChange={(event) => {
            setText(event.currentTarget.value);
            if (event.currentTarget.value !== "") actions.typing(conversationId);
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onCompositionEnd={() => {
            compositionEnd.current = performance.now();
          }}
        />
        {left !== undefined && (
          <span id="composer-left" className={styles.left} data-over={left < 0 || undefined}>
            {left < 0 ? t("composer.over", { count: -left }) : t("composer.left", { count: left })}
          </span>
        )}
        {/* Text needs the room; whoever misses a text has little or none. */}
        {text.length < SHORT && (
          <EarlierDraftsButton
            conversationId={conversationId}
            current={text}
            onOpen={save}
            onUse={(draft) => {
              use(draft);
              caret.current = { at: draft.text.length, focus: true };
            }}
            onCancel={focus}
          />
        )}
        <EmojiButton onPick={insert} onCancel={focus} />
        <button
          type="button"
          className={styles.send}
          aria-label={t("composer.send")}
          title={t("composer.send")}
          disabled={!sendable}
          // The press must not take the focus from the text, or touch keyboards close.
          onPointerDown={(event) => event.preventDefault()}
          onClick={send}
        >
          <Icon name="paper-plane-right-fill" flip />
        </button>
      </div>
    </div>
  );
}

interface ReplyBarProps {
  entry: Entry | undefined;
  nameOf: (userId: string) => string;
  onCancel: () => void;
}

function ReplyBar({ entry, nameOf, onCancel }: ReplyBarProps) {
  const { t } = useTranslation();
  const style = entry && ({ "--quote": `var(--k-nm${hueOf(entry.sender_id)})` } as CSSProperties);
  return (
    <div className={styles.reply} style={style}>
      <div className="grow">
        <b>{entry ? t("composer.replyTo", { name: nameOf(entry.sender_id) }) : t("message.notAvailable")}</b>
        {entry && <div className="trunc">{entry.content ? previewOf(entry.content, t).text : t("message.unsent")}</div>}
      </div>
      <IconButton icon="x" size="sm" label={t("composer.cancelReply")} onClick={onCancel} />
    </div>
  );
}
