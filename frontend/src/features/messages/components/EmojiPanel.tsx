import { EmojiPicker, type SkinTone } from "frimousse";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { changeLook, useLook } from "@/app/look";
import { TOUCH, useMedia } from "@/ui/media";
import { usePopover } from "../usePopover";
import styles from "./EmojiPanel.module.css";

/** Columns that fit the panel on a desk and across a phone. */
const COLUMNS = { wide: 9, narrow: 8 } as const;

interface EmojiPanelProps {
  /** By the keys one is picked, and the text goes on; by the pointer it may be several. */
  onPick: (emoji: string, by: "key" | "pointer") => void;
  /** Escape, or a press elsewhere; with Escape the focus goes back to the text. */
  onClose: (how: "escape" | "away") => void;
}

/** Searches by name and picks with pointer or keys. Loaded when it is first opened. */
export default function EmojiPanel({ onPick, onClose }: EmojiPanelProps) {
  const { t, i18n } = useTranslation();
  const narrow = useMedia("(max-width: 479.98px)");
  const touch = useMedia(TOUCH);
  const skinTone = useLook((s) => s.skinTone);
  const panel = useRef<HTMLDivElement>(null);
  const pressed = useRef(false);

  usePopover(panel, onClose);
  useEffect(() => {
    // The field takes it otherwise. Without either, whoever cannot see the panel would not learn of it.
    if (touch) panel.current?.focus({ preventScroll: true });
  }, [touch]);

  return (
    // The keys arrive from the field inside, which is what has the focus.
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions
    <div
      ref={panel}
      className={styles.panel}
      role="dialog"
      aria-label={t("emoji.title")}
      tabIndex={-1}
      onPointerDown={() => (pressed.current = true)}
      onKeyDown={() => (pressed.current = false)}
    >
      <EmojiPicker.Root
        className={styles.root}
        locale={i18n.language.startsWith("zh") ? "zh-hant" : "en"}
        emojibaseUrl={`${window.location.origin}${__EMOJI_PATH__}`}
        columns={narrow ? COLUMNS.narrow : COLUMNS.wide}
        skinTone={skinTone}
        onEmojiSelect={({ emoji }) => onPick(emoji, pressed.current ? "pointer" : "key")}
      >
        <div className={styles.top}>
          <EmojiPicker.Search
            className={styles.search}
            // Whoever opens the panel goes on by typing a name, but not where a keyboard would cover the emoji.
            autoFocus={!touch}
            placeholder={t("emoji.search")}
            aria-label={t("emoji.search")}
          />
          <EmojiPicker.SkinTone>
            {({ skinTone: current, setSkinTone, skinToneVariations }) => (
              <button
                type="button"
                className={styles.tone}
                aria-label={t("emoji.tone", { tone: t(`emoji.tones.${current}`) })}
                title={t("emoji.tone", { tone: t(`emoji.tones.${current}`) })}
                onClick={() => {
                  const next = after(current, skinToneVariations);
                  setSkinTone(next);
                  changeLook({ skinTone: next });
                }}
              >
                {skinToneVariations.find((variation) => variation.skinTone === current)?.emoji}
              </button>
            )}
          </EmojiPicker.SkinTone>
        </div>
        <EmojiPicker.Viewport className={styles.viewport}>
          <EmojiPicker.Loading className={styles.say}>{t("emoji.loading")}</EmojiPicker.Loading>
          <EmojiPicker.Empty className={styles.say}>{t("emoji.none")}</EmojiPicker.Empty>
          <EmojiPicker.List
            className={styles.list}
            components={{
              CategoryHeader: ({ category, ...props }) => (
                <div {...props} className={styles.category}>
                  {category.label}
                </div>
              ),
              Row: ({ children, ...props }) => (
                <div {...props} className={styles.row}>
                  {children}
                </div>
              ),
              Emoji: ({ emoji, ...props }) => (
                <button type="button" {...props} className={styles.emoji} data-active={emoji.isActive || undefined}>
                  {emoji.emoji}
                </button>
              ),
            }}
          />
        </EmojiPicker.Viewport>
        <EmojiPicker.ActiveEmoji>
          {({ emoji }) => (
            <div className={`${styles.active} trunc`} aria-hidden>
              {emoji ? `${emoji.emoji} ${emoji.label}` : " "}
            </div>
          )}
        </EmojiPicker.ActiveEmoji>
      </EmojiPicker.Root>
    </div>
  );
}

function after(current: SkinTone, variations: { skinTone: SkinTone }[]): SkinTone {
  const at = variations.findIndex((variation) => variation.skinTone === current);
  return variations[(at + 1) % variations.length]?.skinTone ?? "none";
}
