import type { DraftVersion } from "@/api/types";
import { EARLIER_DRAFTS, type EarlierDraft } from "@/realtime/draft-loss";

/**
 * What was written in a conversation before, newest first: what the server remembers of all devices and what this one
 * kept, each text once. The text that is in the composer now is no earlier one.
 *
 * @param clockOffsetMs the server's clock minus this machine's, by whose time this device kept its drafts
 */
export function earlierDrafts(
  server: readonly DraftVersion[],
  local: readonly EarlierDraft[],
  current: string,
  clockOffsetMs: number,
): EarlierDraft[] {
  const all = [
    ...server.map(({ text, reply_to, saved_at }) => draft(text, reply_to, Date.parse(saved_at))),
    ...local.map(({ text, reply_to, savedAt }) => draft(text, reply_to, savedAt + clockOffsetMs)),
  ].sort((a, b) => b.savedAt - a.savedAt);
  const seen = new Set([current.trim()]);
  const items: EarlierDraft[] = [];
  for (const each of all) {
    const text = each.text.trim();
    if (text === "" || seen.has(text)) continue;
    seen.add(text);
    items.push(each);
  }
  // A text that went on in another one is in that one.
  const whole = items.filter(({ text }) => !goesOn(text.trim(), seen));
  return whole.slice(0, EARLIER_DRAFTS);
}

function goesOn(text: string, texts: ReadonlySet<string>): boolean {
  for (const other of texts) if (other !== text && other.startsWith(text)) return true;
  return false;
}

function draft(text: string, replyTo: number | null | undefined, savedAt: number): EarlierDraft {
  return { text, savedAt, ...(replyTo !== undefined && replyTo !== null && { reply_to: replyTo }) };
}
