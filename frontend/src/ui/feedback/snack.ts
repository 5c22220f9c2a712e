import { create } from "zustand";

export interface Snack {
  id: number;
  text: string;
  action?: { label: string; onSelect: () => void };
}

interface SnackState {
  current?: Snack;
  /** Something fills the page: what comes now waits until that is closed. */
  held?: boolean;
}

export const useSnackStore = create<SnackState>(() => ({}));

let nextId = 1;

/** Says at the bottom what an act of the user has led to; a newer one replaces it. */
export function snack(text: string, action?: Snack["action"]): void {
  useSnackStore.setState({ current: { id: nextId++, text, action } });
}

/** While something fills the page nothing is said; what was said before is gone. */
export function holdSnacks(held: boolean): void {
  useSnackStore.setState(held ? { held, current: undefined } : { held });
}

export function dismissSnack(id: number): void {
  if (useSnackStore.getState().current?.id === id) useSnackStore.setState({ current: undefined });
}
