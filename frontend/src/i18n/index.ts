import i18next, { type FormatterModule } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import { number } from "./format";

/** Languages with a resource file, in the order of the chooser, under their own names. */
export const LANGUAGES = [
  { id: "en", name: "English" },
  { id: "zh-TW", name: "繁體中文" },
] as const;

/** Languages for trying the interface, offered nowhere: longer texts, and longer texts from right to left. */
const PSEUDO = ["en-XA", "en-XB"] as const;

type PseudoId = (typeof PSEUDO)[number];
export type LanguageId = (typeof LANGUAGES)[number]["id"] | PseudoId;

const loaders: Record<Exclude<LanguageId, "en">, () => Promise<{ default: object }>> = {
  "zh-TW": () => import("./zh-TW.json"),
  "en-XA": pseudo,
  "en-XB": pseudo,
};

async function pseudo() {
  const { pseudoResources } = await import("./pseudo");
  return { default: pseudoResources(en) };
}

/** The language of an id that was stored; undefined for one that there is not. */
export function languageOf(id: string | undefined): LanguageId | undefined {
  return [...LANGUAGES.map((language) => language.id), ...PSEUDO].find((known) => known === id);
}

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

/** The best language for a list of preferences such as `navigator.languages`. */
export function matchLanguage(preferred: readonly string[]): LanguageId {
  for (const tag of preferred) {
    const { language, script, region } = new Intl.Locale(tag).maximize();
    if (language === "en") return "en";
    if (language === "zh" && (script === "Hant" || region === "TW")) return "zh-TW";
  }
  return "en";
}

/** Numbers are written as the language writes them: "1,234". */
const numbers: FormatterModule = {
  type: "formatter",
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: (value: unknown, _format, lng) =>
    typeof value === "number" ? number(value, lng ?? "en") : (value as string),
};

/** English is in the first chunk and the fallback of every other language. */
export async function startI18n(language: LanguageId): Promise<void> {
  await i18next
    .use(numbers)
    .use(initReactI18next)
    .init({
      lng: "en",
      fallbackLng: "en",
      resources: { en: { translation: en } },
      interpolation: {
        escapeValue: false,
        alwaysFormat: true,
      },
      returnNull: false,
    });
  await setLanguage(language);
}

export async function setLanguage(language: LanguageId): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    const resources = await loaders[language]();
    i18next.addResourceBundle(language, "translation", resources.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = language === "en-XB" ? "rtl" : i18next.dir(language);
}
