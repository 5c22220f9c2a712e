import { tokenize } from "linkifyjs";
import { Fragment, type ReactNode } from "react";
import { markedWords } from "@/chat/highlight";

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** The address of a link that may be opened; undefined leaves the text as it is. */
function safeHref(href: string): string | undefined {
  try {
    return SCHEMES.has(new URL(href).protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Text nodes, links and marks, never markup. Only http, https and mailto become links. */
export function linked(text: string, words: readonly string[] = []): ReactNode[] {
  return tokenize(text).map((token, index) => {
    const href = token.isLink ? safeHref(token.toHref("https")) : undefined;
    const content = words.length > 0 ? withMarks(token.toString(), words) : token.toString();
    if (!href) return typeof content === "string" ? content : <Fragment key={index}>{content}</Fragment>;
    return (
      <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={-1}>
        {content}
      </a>
    );
  });
}

function withMarks(text: string, words: readonly string[]): ReactNode {
  return markedWords(text, words).map((piece, index) =>
    piece.hit ? <mark key={index}>{piece.text}</mark> : piece.text,
  );
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3)/u;

/** Whether a text is one to three emoji and nothing else, which is drawn large and without a bubble. */
export function isBigEmoji(text: string): boolean {
  // The longest emoji sequences have some twenty UTF-16 units.
  if (text.length > 90) return false;
  const parts = Array.from(graphemes.segment(text.trim()), (s) => s.segment);
  return parts.length >= 1 && parts.length <= 3 && parts.every((part) => EMOJI.test(part));
}
