import { create } from "zustand";
import type { Objection } from "@/chat/media/kinds";
import type { Prepared } from "@/chat/media/prepare";

/** A file that was picked for a message and has not been sent. */
export type Attachment = { id: number; file: File } & (
  { state: "preparing" } | { state: "ready"; prepared: Prepared } | { state: "refused"; objection: Objection }
);

/** As many as can be sent at once, one message each. */
export const MOST_AT_ONCE = 10;

interface AttachmentState {
  /** By conversation, so that looking into another chat loses nothing. */
  picked: Record<string, Attachment[]>;
}

export const useAttachmentStore = create<AttachmentState>(() => ({ picked: {} }));

let nextId = 1;

function update(conversationId: string, change: (list: Attachment[]) => Attachment[]): void {
  useAttachmentStore.setState(({ picked }) => {
    const { [conversationId]: list = [], ...others } = picked;
    const next = change(list);
    return { picked: next.length > 0 ? { ...others, [conversationId]: next } : others };
  });
}

/** Puts files into the tray of a conversation; answers how many did not fit in. */
export function attach(conversationId: string, files: readonly File[]): number {
  const room = MOST_AT_ONCE - (useAttachmentStore.getState().picked[conversationId]?.length ?? 0);
  const taken = files.slice(0, room).map((file): Attachment => ({ id: nextId++, file, state: "preparing" }));
  update(conversationId, (list) => [...list, ...taken]);
  void prepareEach(conversationId, taken);
  return files.length - taken.length;
}

/** One after the other: photos of a modern phone take a quarter of a gigabyte each while they are made smaller. */
async function prepareEach(conversationId: string, taken: Attachment[]): Promise<void> {
  for (const { id, file } of taken) {
    const outcome = await import("@/chat/media/prepare")
      .then(({ prepare }) => prepare(file))
      .catch(() => ({ objection: "unreadable" as const }));
    const next: Attachment =
      "objection" in outcome
        ? { id, file, state: "refused", objection: outcome.objection }
        : { id, file, state: "ready", prepared: outcome };
    update(conversationId, (list) => list.map((each) => (each.id === id ? next : each)));
  }
}

export function detach(conversationId: string, id: number): void {
  update(conversationId, (list) => list.filter((each) => each.id !== id));
}

export function detachAll(conversationId: string): void {
  update(conversationId, () => []);
}

/** What the tray holds up: nothing is sent before all is prepared, or when nothing in it can be. */
export function isTrayReady(list: readonly Attachment[]): boolean {
  return list.some(({ state }) => state === "ready") && list.every(({ state }) => state !== "preparing");
}
