import { Empty } from "antd";
import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { SalesChart } from "@/shared/charts/SalesChart";

import { currenciesOf } from "./sums";

export function Sales({ days }: { days: components["schemas"]["SalesDay"][] }) {
  const { t } = useTranslation();
  const currencies = currenciesOf(days);
  return (
    <section className="panel">
      <h2>{t("sales.title")}</h2>
      {currencies.length === 0 ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("sales.none")} /> : null}
      {currencies.map((currency) => (
        <SalesChart key={currency} days={days} currency={currency} />
      ))}
    </section>
  );
}
