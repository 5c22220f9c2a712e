import { create } from "zustand";
import { languageOf, matchLanguage, setLanguage, type LanguageId } from "@/i18n";

export type ThemeChoice = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

export type SkinTone = "none" | "light" | "medium-light" | "medium" | "medium-dark" | "dark";

/** How the interface looks on this browser. `public/boot.js` reads the same keys before the first paint. */
export interface Look {
  theme: ThemeChoice;
  density: Density;
  /** Absent: the browser's preference decides. */
  language?: LanguageId;
  /** The details beside a wide chat. */
  details: boolean;
  /** Width of the list in px, 280 to 420. */
  listWidth: number;
  shortcuts: boolean;
  /** Whether live arrivals are shown as toasts. */
  toasts: boolean;
  /** Whether live arrivals are heard. */
  sound: boolean;
  /** Of the hands and faces in the emoji panel. */
  skinTone: SkinTone;
}

export const LIST_WIDTH = { least: 280, most: 420, usual: 348 } as const;

const KEY = "kith.look";
const DEFAULTS: Look = {
  theme: "system",
  density: "comfortable",
  details: true,
  listWidth: LIST_WIDTH.usual,
  shortcuts: true,
  toasts: true,
  sound: false,
  skinTone: "none",
};

function read(): Look {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof stored === "object" ? { ...DEFAULTS, ...stored } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

export const useLook = create<Look>(read);

const darkScheme = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : undefined;

/** The theme in effect; `system` follows the operating system. */
export function effectiveTheme(choice: ThemeChoice, systemIsDark = darkScheme?.matches ?? false): "light" | "dark" {
  if (choice === "system") return systemIsDark ? "dark" : "light";
  return choice;
}

export function chosenLanguage(look: Pick<Look, "language">): LanguageId {
  return languageOf(look.language) ?? matchLanguage(navigator.languages);
}

function apply(look: Look) {
  const root = document.documentElement;
  const theme = effectiveTheme(look.theme);
  root.dataset.theme = theme;
  // The component library looks for its own attribute.
  root.dataset.mantineColorScheme = theme;
  root.dataset.density = look.density;
  root.style.setProperty("--list-width", `${look.listWidth}px`);
}

export function changeLook(change: Partial<Look>): void {
  useLook.setState(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(useLook.getState()));
  } catch {
    // Storage is refused or full: the choice lasts until the page closes.
  }
  if ("language" in change) void setLanguage(chosenLanguage(useLook.getState()));
}

/** Keeps the document in step with the choices, with the system's theme and with other tabs. */
export function startLook(): void {
  apply(useLook.getState());
  useLook.subscribe(apply);
  darkScheme?.addEventListener("change", () => useLook.setState({}));
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    const { language } = useLook.getState();
    useLook.setState(read());
    // Chosen in another tab.
    if (useLook.getState().language !== language) void setLanguage(chosenLanguage(useLook.getState()));
  });
}
