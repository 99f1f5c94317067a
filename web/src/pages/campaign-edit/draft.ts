/** Between the form of a campaign and what `campaigns` takes: money is typed in units and sent in minor ones. Pure. */
import type { components } from "@/api/generated/campaigns";
import { minorUnits } from "@/shared/format";

export type Draft = components["schemas"]["CampaignDraft-Input"];
type Known = components["schemas"]["CampaignDraft-Output"];
type Channel = components["schemas"]["Message"]["channels"][number];

export interface Entered {
  code: string;
  name_zh: string;
  name_en: string;
  segment: string | null;
  days: number;
  starts_at: string;
  hold_out_percent: number;
  kind: "percent" | "amount" | "points_factor";
  value: number;
  min_basket: number | null;
  uses: number | null;
  uses_per_member: number | null;
  money: number | null;
  currency: string;
  template: string | null;
  channels: Channel[];
  /** What the message says where its template leaves a gap. */
  values?: Record<string, string>;
}

type Money = number | null | undefined;

const minor = (units: Money, currency: string): number | null =>
  units == null ? null : Math.round(units * minorUnits(currency));
const units = (amount: Money, currency: string): number | null =>
  amount == null ? null : amount / minorUnits(currency);

/** What most stores sell in; nothing where there is none yet. */
export function mostUsed(stores: readonly { currency: string }[]): string {
  const counts = new Map<string, number>();
  for (const { currency } of stores) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}

export function draftOf(entered: Entered): Draft {
  const conditions = { min_basket_minor: minor(entered.min_basket, entered.currency) };
  return {
    code: entered.code,
    name: { "zh-CN": entered.name_zh, en: entered.name_en },
    segment: entered.segment ?? null,
    days: entered.days,
    starts_at: entered.starts_at ? new Date(entered.starts_at).toISOString() : null,
    hold_out_percent: entered.hold_out_percent,
    budget: {
      uses: entered.uses ?? null,
      uses_per_member: entered.uses_per_member ?? null,
      money_minor: minor(entered.money, entered.currency),
      currency: entered.currency || null,
    },
    offer: offerOf(entered, conditions),
    message: entered.template
      ? { template: entered.template, channels: entered.channels, values: entered.values ?? {} }
      : null,
  };
}

function offerOf({ kind, value, currency }: Entered, conditions: { min_basket_minor: number | null }): Draft["offer"] {
  if (kind === "percent") return { kind, percent: String(value), conditions };
  if (kind === "amount") return { kind, amount_minor: minor(value, currency) ?? 0, conditions };
  return { kind: "points", factor: String(value), conditions };
}

/** A campaign that the form can show as a whole; others keep what it has no field for, and are not edited here. */
export function enteredOf(known: Known): Entered | null {
  const { offer, budget, message } = known;
  const currency = budget?.currency ?? "";
  const value =
    offer.kind === "percent"
      ? offer.percent
      : offer.kind === "amount"
        ? units(offer.amount_minor, currency)
        : offer.kind === "points"
          ? offer.factor
          : null;
  if (value == null || known.joint || known.coupon_required) return null;
  const { min_basket_minor, ...others } = offer.conditions ?? {};
  const hasMore = Object.values(others).some((one) => (Array.isArray(one) ? one.length > 0 : Boolean(one)));
  const capped = offer.kind === "percent" && offer.max_minor != null;
  if (hasMore || capped) return null;
  return {
    code: known.code,
    name_zh: known.name["zh-CN"] ?? "",
    name_en: known.name["en"] ?? "",
    segment: known.segment ?? null,
    days: known.days,
    starts_at: known.starts_at?.slice(0, 16) ?? "",
    hold_out_percent: known.hold_out_percent ?? 0,
    kind: offer.kind === "points" ? "points_factor" : (offer.kind as "percent" | "amount"),
    value: Number(value),
    min_basket: units(min_basket_minor, currency),
    uses: budget?.uses ?? null,
    uses_per_member: budget?.uses_per_member ?? null,
    money: units(budget?.money_minor, currency),
    currency,
    template: message?.template ?? null,
    channels: message?.channels ?? [],
    values: message?.values ?? {},
  };
}
