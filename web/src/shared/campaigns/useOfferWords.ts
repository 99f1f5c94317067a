import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/campaigns";

import { useFormat } from "../format";

type Offer = components["schemas"]["CampaignDraft-Output"]["offer"];

/** An offer in one line, for people. */
export function useOfferWords(): (offer: Offer, currency: string | null) => string {
  const { t } = useTranslation();
  const { money, number } = useFormat();
  return (offer, currency) => {
    switch (offer.kind) {
      case "percent":
        return t("offer.percent", { percent: Number(offer.percent) });
      case "amount":
        return t("offer.amount", { amount: money(offer.amount_minor, currency) });
      case "fixed_price":
        return t("offer.fixed_price", { price: money(offer.price_minor, currency) });
      case "points":
        return offer.factor
          ? t("offer.factor", { factor: Number(offer.factor) })
          : t("offer.points", { points: number(offer.points ?? 0) });
      case "buy_x_get_y":
        return t("offer.buy_get", { buy: offer.buy, get: offer.get ?? 1, percent: Number(offer.percent_off ?? 100) });
    }
  };
}
