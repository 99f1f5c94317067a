import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/campaigns";
import { useTold } from "@/i18n/useLanguage";
import { useFormat } from "@/shared/format";
import { offersQuery } from "@/shared/members/queries";
import { Loaded } from "@/shared/states/Loaded";

type Offer = components["schemas"]["OfferOfMember"];

/** What she can use at this till now; what she cannot is named with why, so that nobody promises it. */
export function Usable({ id, points }: { id: string; points: number }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const offers = useQuery(offersQuery(id));
  return (
    <section className="panel">
      <h2>{t("serve.usable")}</h2>
      {points > 0 ? <p>{t("serve.usable_points", { count: points, points: number(points) })}</p> : null}
      <Loaded query={offers} rows={1}>
        {({ items }) => (
          <Offers usable={items.filter(({ why_not }) => !why_not)} others={items.filter(({ why_not }) => why_not)} />
        )}
      </Loaded>
    </section>
  );
}

/** However many campaigns run, the card stays one screen: what is not for her opens when somebody asks why. */
function Offers({ usable, others }: { usable: Offer[]; others: Offer[] }) {
  const { t } = useTranslation();
  return (
    <>
      {usable.length === 0 ? <p className="faint">{t("serve.no_offers")}</p> : <OfferLines offers={usable} />}
      {others.length > 0 ? (
        <details>
          <summary>{t("serve.not_usable", { count: others.length })}</summary>
          <OfferLines offers={others} />
        </details>
      ) : null}
    </>
  );
}

function OfferLines({ offers }: { offers: Offer[] }) {
  return (
    <ul className="plain lines">
      {offers.map((offer) => (
        <OfferLine key={offer.campaign_id} offer={offer} />
      ))}
    </ul>
  );
}

function OfferLine({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const told = useTold();
  const { time } = useFormat();
  return (
    <li>
      {offer.why_not ? <s className="faint">{told(offer.name)}</s> : <strong>{told(offer.name)}</strong>}
      <span className="faint block">
        {told(offer.why_not ? offer.why_not.reason : offer.offer)}
        {offer.usable && offer.ends_at ? ` · ${t("serve.until", { when: time(offer.ends_at) })}` : ""}
      </span>
    </li>
  );
}
