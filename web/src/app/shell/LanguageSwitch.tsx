import { changeLanguage } from "@/i18n";
import { useLanguage } from "@/i18n/useLanguage";

/** Named in the language that it leads to, for whoever reads only that one. */
export function LanguageSwitch() {
  const other = useLanguage() === "en" ? "zh-CN" : "en";
  return (
    <button type="button" className="quiet" lang={other} onClick={() => void changeLanguage(other)}>
      {other === "en" ? "English" : "中文"}
    </button>
  );
}
