import { create } from "zustand";

export interface ViewerTarget {
  conversationId: string;
  seq: number;
}

interface ViewerState {
  open?: ViewerTarget;
}

/** The picture or video that fills the page, if one does. */
export const useViewerStore = create<ViewerState>(() => ({}));

export function openViewer(target: ViewerTarget): void {
  useViewerStore.setState({ open: target });
}

export function closeViewer(): void {
  useViewerStore.setState({ open: undefined });
}
