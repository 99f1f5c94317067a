/** What members are called, under their mask, asked for in one batch: lists know them by ids only. */
import { useQuery } from "@tanstack/react-query";

import { answer, customers } from "@/api/client";
import { useMay } from "@/app/me";

const AT_ONCE_MAX = 100;

export type Names = ReadonlyMap<string, string | null>;

const NOBODY: Names = new Map();

export function useNames(ids: readonly string[]): Names {
  const allowed = useMay("customers.profile.read");
  const asked = [...new Set(ids)].slice(0, AT_ONCE_MAX).sort();
  const { data } = useQuery({
    queryKey: ["still", "names", asked],
    enabled: allowed && asked.length > 0,
    placeholderData: (before: Names | undefined) => before,
    queryFn: async (): Promise<Names> => {
      const page = await answer(customers.POST("/profiles", { body: { customer_ids: asked } }));
      return new Map(page.items.map(({ customer_id, name }) => [customer_id, name]));
    },
  });
  return data ?? NOBODY;
}
