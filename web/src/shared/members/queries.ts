/** What several pages ask about one member. */
import { answer, board, campaigns, customers } from "@/api/client";
import { Problem } from "@/api/problem";
import { queryClient, type Key } from "@/api/queries";

const HEARD_OF_MS = 250;
const HEARD_OF_TRIES = 40;

export const memberQuery = (id: string) => ({
  queryKey: ["members", "member", id] satisfies Key,
  queryFn: () => answer(board.GET("/members/{customer_id}", { params: { path: { customer_id: id } } })),
});

export const profileQuery = (id: string) => ({
  queryKey: ["members", "profile", id] satisfies Key,
  queryFn: () => answer(customers.GET("/customers/{customer_id}/profile", { params: { path: { customer_id: id } } })),
});

export const offersQuery = (id: string) => ({
  queryKey: ["campaigns", "offers", id] satisfies Key,
  queryFn: () => answer(campaigns.GET("/customers/{customer_id}/offers", { params: { path: { customer_id: id } } })),
});

/**
 * Waits until whoever was registered a moment ago is known to every service that her card asks; not for ever, since
 * the card says itself what is missing.
 */
export async function untilKnown(id: string): Promise<void> {
  const again = {
    retry: (failures: number, error: unknown) =>
      failures < HEARD_OF_TRIES && error instanceof Problem && error.status === 404,
    retryDelay: HEARD_OF_MS,
  };
  await Promise.allSettled([
    queryClient.query({ ...memberQuery(id), ...again }),
    queryClient.query({ ...offersQuery(id), ...again }),
  ]);
}
