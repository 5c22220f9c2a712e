import {
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import { MAX_QUERY } from "../model";
import styles from "./SearchField.module.css";

/** The search starts when nothing was typed for this long: the server takes a limited number a minute. */
const PAUSE_MS = 400;

export interface SearchFieldHandle {
  focus: () => void;
}

interface SearchFieldProps {
  label: string;
  /** What is being looked for. */
  value: string;
  onChange: (value: string) => void;
  /** Keys that are not for the text; true when one did something. */
  onKey?: (event: KeyboardEvent<HTMLInputElement>) => boolean;
  takeFocus?: boolean;
  look?: "boxed" | "bare";
  children?: ReactNode;
  ref?: Ref<SearchFieldHandle>;
}

/** Words to look for. They are passed on after a pause or with Enter, and never while an input method composes. */
export function SearchField({
  label,
  value,
  onChange,
  onKey,
  takeFocus,
  look = "boxed",
  ref,
  ...rest
}: SearchFieldProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [composing, setComposing] = useState(false);
  const [seen, setSeen] = useState(value);
  const [passedOn, setPassedOn] = useState(value);

  // Set from elsewhere: by a link, or by Back. The echo of what was typed here must not undo what is typed since.
  if (value !== seen) {
    setSeen(value);
    if (value !== passedOn) {
      setText(value);
      setPassedOn(value);
    }
  }

  useImperativeHandle(ref, () => ({
    focus: () => {
      input.current?.focus();
      input.current?.select();
    },
  }));

  useEffect(() => {
    if (takeFocus) input.current?.focus();
  }, [takeFocus]);

  const passOn = (next: string) => {
    setPassedOn(next);
    if (next !== value) onChange(next);
  };

  const due = !composing && text.trim() !== passedOn;
  const pass = useEffectEvent(passOn);
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(() => pass(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [due, text]);

  return (
    <div className={styles.field} data-look={look}>
      <Icon name="magnifying-glass" />
      <input
        ref={input}
        type="search"
        className={styles.input}
        data-find
        aria-label={label}
        placeholder={label}
        maxLength={MAX_QUERY}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter" && text.trim() !== value) passOn(text.trim());
          else if (onKey?.(event)) event.preventDefault();
        }}
      />
      {text !== "" && (
        <IconButton
          icon="x"
          size="sm"
          iconSize="s"
          label={t("search.clear")}
          onClick={() => {
            setText("");
            passOn("");
            input.current?.focus();
          }}
        />
      )}
      {rest.children}
    </div>
  );
}
