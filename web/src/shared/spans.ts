/** Spans of business dates, as pages have them in their address. */
import type { Filters } from "./useAddress";

export interface DaySpan {
  from: string;
  to: string;
}

export const SPANS = [7, 30, 90, 365] as const;
const DEFAULT = 30;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function daysBefore(date: string, days: number): string {
  const then = new Date(`${date}T00:00:00Z`);
  then.setUTCDate(then.getUTCDate() - days);
  return then.toISOString().slice(0, 10);
}

/** The last `days` dates up to `today`, which is the last of them. */
export const lastDays = (days: number, today: string): DaySpan => ({ from: daysBefore(today, days - 1), to: today });

export function spanOf({ from, to }: Filters, today: string): DaySpan {
  if (from && to && DATE.test(from) && DATE.test(to) && from <= to) return { from, to };
  return lastDays(DEFAULT, today);
}
