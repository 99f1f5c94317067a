/** The words of the page, in the language that was chosen here before, or else the browser's. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = "regulars.language";

// One chunk for each language: nobody loads both.
const CATALOGUES: Record<Language, () => Promise<{ default: object }>> = {
  "zh-CN": () => import("./zh-CN"),
  en: () => import("./en"),
};

export function firstLanguage(kept: string | null, wished: readonly string[]): Language {
  const known = LANGUAGES.find((language) => language === kept);
  return known ?? (wished[0]?.toLowerCase().startsWith("zh") ? "zh-CN" : "en");
}

async function load(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await CATALOGUES[language]()).default);
  }
  document.documentElement.lang = language;
}

export async function startLanguage(): Promise<void> {
  const language = firstLanguage(localStorage.getItem(KEY), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await load(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  await load(language);
  await i18next.changeLanguage(language);
}
