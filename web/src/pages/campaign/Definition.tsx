import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Campaign } from "@/shared/campaigns/kinds";
import { useOfferWords } from "@/shared/campaigns/useOfferWords";
import { useFormat } from "@/shared/format";
import { useWord } from "@/shared/useWord";

export function Definition({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const word = useWord();
  const offer = useOfferWords();
  const { money, number, time } = useFormat();
  const { definition } = campaign;
  const { budget, message, joint } = definition;
  const currency = budget?.currency ?? null;
  const facts: [string, React.ReactNode][] = [
    [
      t("campaigns.segment"),
      definition.segment ? (
        <Link to={`/segments/${definition.segment}`}>{definition.segment}</Link>
      ) : (
        t("campaigns.everybody")
      ),
    ],
    [t("campaigns.offer"), offer(definition.offer, currency)],
    [t("campaigns.days"), number(definition.days)],
    [t("campaigns.begins"), campaign.starts_at ? time(campaign.starts_at) : t("campaigns.by_hand")],
    [t("campaigns.hold_out"), `${definition.hold_out_percent ?? 0} %`],
    [t("campaigns.uses"), budget?.uses ? number(budget.uses) : t("campaigns.unlimited")],
    [t("campaigns.money"), budget?.money_minor ? money(budget.money_minor, currency) : t("campaigns.unlimited")],
    [
      t("campaigns.message"),
      message
        ? `${message.template} · ${message.channels.map((channel) => word("channel", channel)).join(", ")}`
        : t("campaigns.no_message"),
    ],
  ];
  if (joint) facts.push([t("campaigns.joint"), `${joint.claim_party} → ${joint.redeem_party}`]);
  return (
    <section className="panel">
      <h2>{t("campaigns.definition")}</h2>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
