import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";

import { Chart } from "./Chart";
import { salesOption } from "./salesOption";

interface Props {
  days: components["schemas"]["SalesDay"][];
  currency: string;
}

/** Sales by day in one currency: what members bought, on top of it what others did. */
export function SalesChart({ days, currency }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const option = useMemo(
    () => salesOption(days, currency, format, { members: t("sales.members"), others: t("sales.others") }),
    [days, currency, format, t],
  );
  return <Chart label={t("sales.chart")} option={option} />;
}
