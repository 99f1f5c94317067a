import { useTranslation } from "react-i18next";

/** The word of the page for one of a service's own values, such as a status; the value itself where it has none. */
export function useWord(): (kind: string, value: string | null | undefined) => string {
  const { t } = useTranslation();
  // Codes of named segments hold a dot, which would be a path in the catalogue.
  return (kind, value) => (value ? t(`words.${kind}.${value.replace(".", "-")}`, { defaultValue: value }) : "—");
}
