/** What the campaign changed: who was treated against who was held out, with the interval, or plainly not known yet. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/campaigns";
import { useFormat } from "@/shared/format";
import { Loaded } from "@/shared/states/Loaded";

import { resultQuery } from "./audience";
import { Interval } from "./Interval";

type Result = components["schemas"]["CampaignResult"];

export function Outcome({ id }: { id: string }) {
  const { t } = useTranslation();
  const result = useQuery(resultQuery(id));
  return (
    <section className="panel stack">
      <h2>{t("result.title")}</h2>
      <Loaded query={result}>{(found) => <Figures result={found} />}</Loaded>
    </section>
  );
}

function Figures({ result }: { result: Result }) {
  const { t } = useTranslation();
  const { money, number } = useFormat();
  return (
    <>
      {result.sales.map((estimate) => (
        <Interval
          key={estimate.currency}
          title={t("result.sales", { currency: estimate.currency })}
          estimate={estimate}
          written={(value) => money(Math.round(value), estimate.currency)}
        />
      ))}
      {result.visits ? (
        <Interval
          title={t("result.visits")}
          estimate={result.visits}
          written={(value) => number(Math.round(value * 100) / 100)}
        />
      ) : null}
      <dl className="figures">
        <Figure name={t("result.arms")}>
          {t("result.arms_many", { treated: number(result.treated), held: number(result.held_out) })}
        </Figure>
        <Figure name={t("result.uses")}>{number(result.redemptions.uses)}</Figure>
        {result.redemptions.discounts.map(({ currency, discount_minor, returned_minor }) => (
          <Figure key={currency} name={t("result.cost")}>
            {money(discount_minor - returned_minor, currency)}
          </Figure>
        ))}
      </dl>
      {result.method ? <p className="faint">{t("result.method")}</p> : null}
    </>
  );
}

function Figure({ name, children }: { name: string; children: string }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
