import { useTranslation } from "react-i18next";

import type { Language } from ".";

export function useLanguage(): Language {
  return useTranslation().i18n.language === "zh-CN" ? "zh-CN" : "en";
}

/** The service's own words in the language of the page. */
export function useTold(): (words: Record<string, string> | null | undefined) => string {
  const language = useLanguage();
  return (words) => words?.[language] ?? Object.values(words ?? {})[0] ?? "";
}
