import type { Draft } from "@/api/types";
import type { DraftState } from "../state";
import type { Change } from "./change";

/**
 * The server's draft as another device, or the echo of this one, stored it. Text that was not stored yet is never
 * overwritten: both are kept and the user chooses.
 */
export function mergeDraft(local: DraftState | undefined, remote: Draft | null | undefined): DraftState | undefined {
  const stored = remote && (remote.text !== "" || hasReply(remote)) ? remote : undefined;
  if (!local) return stored && adopted(stored);
  if (!stored) {
    // What never was at the server cannot have been cleared there: the text of a refused save stays.
    if (local.version === 0 && !remote) return local;
    // Cleared elsewhere; what is being written here goes on from the version the server has now.
    return local.dirty ? { ...local, version: remote?.version ?? local.version } : undefined;
  }
  if (stored.version <= local.version) return local;
  if (!local.dirty || sameDraft(stored, local)) return adopted(stored);
  if (local.saving && sameDraft(stored, local.saving)) return { ...local, version: stored.version };
  // This text goes on from that one, so that nothing of it is lost: another device, or this page before a reload.
  if (local.text.startsWith(stored.text) && sameReply(local, stored)) return { ...local, version: stored.version };
  return { ...local, conflict: adopted(stored) };
}

export function adoptDraft(change: Change, id: string, remote: Draft | null | undefined): void {
  setDraft(change, id, mergeDraft(change.state.drafts[id], remote));
}

export function setDraft(change: Change, id: string, draft: DraftState | undefined): void {
  if (draft === change.state.drafts[id]) return;
  const drafts = change.write("drafts");
  if (draft) drafts[id] = draft;
  else delete drafts[id];
  change.effect({ type: "persist_draft", conversationId: id });
}

export interface DraftText {
  text: string;
  reply_to?: number | null | undefined;
}

export function sameDraft(a: DraftText, b: DraftText): boolean {
  return a.text === b.text && sameReply(a, b);
}

function sameReply(a: DraftText, b: DraftText): boolean {
  return (a.reply_to ?? undefined) === (b.reply_to ?? undefined);
}

function hasReply(draft: Draft): boolean {
  return draft.reply_to !== null && draft.reply_to !== undefined;
}

function adopted({ text, reply_to, version }: Draft): { text: string; reply_to?: number; version: number } {
  return { text, version, ...(reply_to !== null && reply_to !== undefined && { reply_to }) };
}
