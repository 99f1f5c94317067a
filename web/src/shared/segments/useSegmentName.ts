import type { components } from "@/api/generated/segmentation";
import { useLanguage } from "@/i18n/useLanguage";

type Named = Pick<components["schemas"]["SegmentView"], "name" | "name_zh">;

export function useSegmentName(): (segment: Named) => string {
  const language = useLanguage();
  return ({ name, name_zh }) => (language === "zh-CN" ? (name_zh ?? name) : name);
}
