import { create } from "zustand";
import type { IconName } from "../icons/names";

export type MenuItem =
  | {
      type?: "action";
      id: string;
      label: string;
      icon?: IconName;
      /** A remark at the end of the line. */
      aside?: string;
      /** The key that does the same, for who has keys. */
      shortcut?: string;
      danger?: boolean;
      onSelect: () => void;
    }
  | { type: "heading"; id: string; label: string }
  | { type: "separator"; id: string };

export interface MenuRequest {
  label: string;
  items: MenuItem[];
  /** Viewport rectangle that the menu opens beside. */
  anchor: { top: number; left: number; width: number; height: number };
  /** Its corner is where the pointer is, rather than that it hangs below a button. */
  atPointer: boolean;
  /** Takes the focus back when the menu closes. */
  returnFocus?: HTMLElement;
}

interface MenuState {
  open?: MenuRequest;
}

/** One menu for the whole page: rows are many and hold no menu of their own. */
export const useMenuStore = create<MenuState>(() => ({}));

export function openMenu(opener: HTMLElement, label: string, items: MenuItem[], at?: { x: number; y: number }): void {
  const rect = opener.getBoundingClientRect();
  const anchor = at
    ? { top: at.y, left: at.x, width: 0, height: 0 }
    : { top: rect.top, left: rect.left, width: rect.width, height: rect.height };
  useMenuStore.setState({ open: { label, items, anchor, atPointer: at !== undefined, returnFocus: opener } });
}

export function closeMenu(): void {
  useMenuStore.setState({ open: undefined });
}
