/** Numbers, money and times as they are written in the language of the page and the zone of whoever looks. */
import { useMemo } from "react";

import { useLanguage } from "@/i18n/useLanguage";

import { businessNow } from "./now";

export interface Format {
  number: (value: number) => string;
  /** Minor units and a currency: 129900 CNY is ¥1,299.00, 1299 JPY is ¥1,299. */
  money: (minor: number, currency: string | null | undefined) => string;
  /** As `money`, without what is behind the point: for axes and large figures. */
  roundMoney: (minor: number, currency: string | null | undefined) => string;
  percent: (share: number) => string;
  /** A business date, which has no zone: 2017-12-31. */
  day: (date: string) => string;
  /** The same without its year: what comes within days. */
  nearDay: (date: string) => string;
  time: (moment: string) => string;
  /** How long ago or ahead, in its largest unit. */
  ago: (moment: string, now?: number) => string;
}

/** How many minor units are one of the currency: 100 for CNY, 1 for JPY, 1000 for KWD. */
export function minorUnits(currency: string | null | undefined): number {
  if (!currency) return 100;
  const { maximumFractionDigits } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  return 10 ** (maximumFractionDigits ?? 2);
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formatIn(language: string): Format {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const days = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const nearDays = new Intl.DateTimeFormat(language, {
    month: "short",
    day: "numeric",
    weekday: "short",
    timeZone: "UTC",
  });
  const times = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const numbers = new Intl.NumberFormat(language);
  const percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const amount = (minor: number, currency: string | null | undefined, options: Intl.NumberFormatOptions) => {
    if (!currency) return numbers.format(minor);
    const money = new Intl.NumberFormat(language, { style: "currency", currency, ...options });
    return money.format(minor / minorUnits(currency));
  };
  return {
    number: (value) => numbers.format(value),
    money: (minor, currency) => amount(minor, currency, {}),
    roundMoney: (minor, currency) => amount(minor, currency, { maximumFractionDigits: 0, minimumFractionDigits: 0 }),
    percent: (share) => percents.format(share),
    day: (date) => days.format(new Date(`${date}T00:00:00Z`)),
    nearDay: (date) => nearDays.format(new Date(`${date}T00:00:00Z`)),
    time: (moment) => times.format(new Date(moment)),
    ago: (moment, now = businessNow()) => {
      const seconds = (new Date(moment).getTime() - now) / 1000;
      const [unit, size] = UNITS.find(([, unitSize]) => Math.abs(seconds) >= unitSize) ?? ["minute", 60];
      return relative.format(Math.trunc(seconds / size), unit);
    },
  };
}

export function useFormat(): Format {
  const language = useLanguage();
  return useMemo(() => formatIn(language), [language]);
}
