import { useLanguage } from "@/i18n/useLanguage";

/** What was said in both languages, in that of the page; of what was said before there was Chinese, the English. */
export function useReason(): (said: { reason: string; reason_zh: string | null }) => string {
  const language = useLanguage();
  return ({ reason, reason_zh }) => (language === "zh-CN" ? (reason_zh ?? reason) : reason);
}
