import { Segmented } from "antd";
import { useTranslation } from "react-i18next";

import { useMe } from "@/app/me";

import { lastDays, SPANS, type DaySpan } from "./spans";
import type { Filters } from "./useAddress";

interface Props {
  span: DaySpan;
  change: (filters: Filters) => void;
}

/** Which dates: the last so many, or any by two date fields. */
export function Span({ span, change }: Props) {
  const { t } = useTranslation();
  const { business_today: today } = useMe();
  const chosen = SPANS.find((days) => lastDays(days, today).from === span.from && span.to === today);
  return (
    <div className="row" role="group" aria-label={t("span.title")}>
      <Segmented
        value={chosen ?? 0}
        onChange={(days) => change({ ...lastDays(days, today) })}
        options={SPANS.map((days) => ({ value: days, label: t("span.days", { count: days }) }))}
      />
      <input
        type="date"
        className="date"
        aria-label={t("span.from")}
        value={span.from}
        max={span.to}
        onChange={({ target }) => target.value && change({ ...span, from: target.value })}
      />
      <input
        type="date"
        className="date"
        aria-label={t("span.to")}
        value={span.to}
        min={span.from}
        onChange={({ target }) => target.value && change({ ...span, to: target.value })}
      />
    </div>
  );
}
