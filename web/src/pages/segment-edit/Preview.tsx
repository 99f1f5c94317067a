import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, segmentation } from "@/api/client";
import { useFormat } from "@/shared/format";
import { isUnfinished, toldRule, type Rule } from "@/shared/segments/rules";
import { Trouble } from "@/shared/states/Trouble";
import { useSettled } from "@/shared/useSettled";

const PAUSE_MS = 400;

/** How many the rule would select as it stands, asked anew when building pauses. */
export function Preview({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const { number, percent } = useFormat();
  const settled = useSettled(rule, PAUSE_MS);
  const preview = useQuery({
    queryKey: ["members", "preview", settled],
    enabled: !isUnfinished(settled),
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      answer(segmentation.POST("/segments/preview", { body: { rule: toldRule(settled) }, signal })),
  });
  if (isUnfinished(rule))
    return (
      <p className="panel size" role="status">
        {t("rule.store_missing")}
      </p>
    );
  if (preview.isError) return <Trouble error={preview.error} />;
  const found = preview.data;
  return (
    <p className="panel size" role="status">
      {found
        ? t("segments.preview", {
            size: number(found.size),
            all: number(found.population),
            share: percent(found.population ? found.size / found.population : 0),
          })
        : t("segments.counting")}
    </p>
  );
}
