import type { components } from "@/api/generated/console";

type SalesDay = components["schemas"]["SalesDay"];

export type Sold = Pick<SalesDay, "sales_minor" | "receipts" | "member_sales_minor" | "member_receipts">;

/** The currencies that were sold in, the one with the most receipts first: no chart adds two of them. */
export function currenciesOf(days: SalesDay[]): string[] {
  const receipts = new Map<string, number>();
  for (const day of days) receipts.set(day.currency, (receipts.get(day.currency) ?? 0) + day.receipts);
  return [...receipts].sort(([, a], [, b]) => b - a).map(([currency]) => currency);
}

export function salesOf(days: SalesDay[], currency: string): Sold {
  const sum = { sales_minor: 0, receipts: 0, member_sales_minor: 0, member_receipts: 0 };
  for (const day of days.filter((one) => one.currency === currency)) {
    sum.sales_minor += day.sales_minor;
    sum.receipts += day.receipts;
    sum.member_sales_minor += day.member_sales_minor;
    sum.member_receipts += day.member_receipts;
  }
  return sum;
}

export interface Move {
  from: string | null;
  to: string;
  members: number;
}

/** Moves between stages over all dates, largest first. */
export function movesOf(moves: components["schemas"]["MoveCount"][]): Move[] {
  const sums = new Map<string, Move>();
  for (const { from_stage, to_stage, members } of moves) {
    const key = `${from_stage ?? ""}>${to_stage}`;
    const known = sums.get(key) ?? { from: from_stage, to: to_stage, members: 0 };
    sums.set(key, { ...known, members: known.members + members });
  }
  return [...sums.values()].sort((a, b) => b.members - a.members);
}
