import type { components } from "@/api/generated/console";

type Store = components["schemas"]["StoreRow"];

const BY: Record<string, (store: Store) => number> = {
  today: (store) => store.today.sales_minor,
  week: (store) => store.week.sales_minor,
  members: (store) => store.members,
  new_members: (store) => store.new_members,
  complaints: (store) => store.complaints_open,
};

/** By a column, downwards with a minus before its name; the board is one answer, so the page may sort it. */
export function sortedStores(stores: Store[], sort: string): Store[] {
  const down = sort.startsWith("-");
  const by = BY[down ? sort.slice(1) : sort];
  if (!by) return stores;
  return [...stores].sort((a, b) => (down ? by(b) - by(a) : by(a) - by(b)));
}

/** This week against the one before; null where there is nothing to compare with. */
export const change = ({ week, week_before }: Store): number | null =>
  week_before.sales_minor > 0 ? week.sales_minor / week_before.sales_minor - 1 : null;
