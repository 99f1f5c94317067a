/** Who is signed in, what she may do, and which page is hers first. */
import { useQuery } from "@tanstack/react-query";

import { answer, board } from "@/api/client";
import type { components } from "@/api/generated/console";
import { setBusinessNow } from "@/shared/now";

export type Me = components["schemas"]["MeView"];

export const meQuery = {
  queryKey: ["still", "me"],
  queryFn: async () => {
    const me = await answer(board.GET("/me"));
    setBusinessNow(me.business_now);
    return me;
  },
  staleTime: Infinity,
} as const;

/** Inside the shell, which waits for it. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("asked who is signed in, outside the shell");
  return data;
}

export const may = (me: Me, permission: string): boolean => me.permissions.includes(permission);

/** In charge of the whole chain: what is not anybody's part, such as sums over everybody, is hers too. */
export const isWhole = ({ stores, partner }: Me): boolean => stores === null && partner === null;

export function useMay(permission: string): boolean {
  return may(useMe(), permission);
}
