import { answer, campaigns, notifications } from "@/api/client";
import type { Key } from "@/api/queries";

export const audienceQuery = (id: string) => ({
  queryKey: ["campaigns", "audience", id] satisfies Key,
  queryFn: () => answer(campaigns.GET("/campaigns/{campaign_id}/audience", { params: { path: { campaign_id: id } } })),
});

export const funnelQuery = (id: string) => ({
  queryKey: ["messages", "funnel", id] satisfies Key,
  queryFn: () =>
    answer(notifications.GET("/campaigns/{campaign_id}/funnel", { params: { path: { campaign_id: id } } })),
});

export const resultQuery = (id: string) => ({
  queryKey: ["campaigns", "result", id] satisfies Key,
  queryFn: () => answer(campaigns.GET("/campaigns/{campaign_id}/result", { params: { path: { campaign_id: id } } })),
});
