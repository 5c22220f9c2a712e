import { useCallback, useSyncExternalStore } from "react";

/** Files on screen, each under one address for as long as somebody shows it. */
const shown = new Map<Blob, { url: string; users: number }>();

function show(file: Blob): () => void {
  const entry = shown.get(file) ?? { url: URL.createObjectURL(file), users: 0 };
  entry.users += 1;
  shown.set(file, entry);
  return () => {
    entry.users -= 1;
    if (entry.users > 0) return;
    shown.delete(file);
    URL.revokeObjectURL(entry.url);
  };
}

/** An address under which this page can show a file that it holds. */
export function useObjectUrl(file: Blob | undefined): string | undefined {
  const subscribe = useCallback(() => (file ? show(file) : () => undefined), [file]);
  return useSyncExternalStore(subscribe, () => file && shown.get(file)?.url);
}
