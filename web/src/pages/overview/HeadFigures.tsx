import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";

import { currenciesOf, salesOf } from "./sums";

export function HeadFigures({ view }: { view: components["schemas"]["OverviewView"] }) {
  const { t } = useTranslation();
  const { money, number, percent } = useFormat();
  const inStore = view.store ? `?store=${encodeURIComponent(view.store)}` : "";
  return (
    <dl className="figures">
      {currenciesOf(view.days).map((currency) => {
        const sold = salesOf(view.days, currency);
        return (
          <div className="figure" key={currency}>
            <dt>
              <Link to={view.store ? `/stores/${encodeURIComponent(view.store)}` : "/stores"}>
                {t("overview.sales")}
              </Link>
            </dt>
            <dd>
              {money(sold.sales_minor, currency)}
              <small>
                {t("overview.sales_more", {
                  count: sold.receipts,
                  receipts: number(sold.receipts),
                  share: percent(sold.sales_minor ? sold.member_sales_minor / sold.sales_minor : 0),
                })}
              </small>
            </dd>
          </div>
        );
      })}
      <div className="figure">
        <dt>
          <Link to={`/members${inStore}`}>{t("overview.members")}</Link>
        </dt>
        <dd>
          {number(view.members)}
          <small>{t("overview.new_members", { count: view.new_members, number: number(view.new_members) })}</small>
        </dd>
      </div>
      <div className="figure">
        <dt>
          <Link to={`/members${inStore}${inStore ? "&" : "?"}sort=-points`}>{t("overview.points")}</Link>
        </dt>
        <dd>{number(view.points_outstanding)}</dd>
      </div>
    </dl>
  );
}
