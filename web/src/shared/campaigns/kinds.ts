import type { components } from "@/api/generated/campaigns";

export type Campaign = components["schemas"]["CampaignDetail"];
export type Status = Campaign["status"];
export type Step = Campaign["next_actions"][number];

export const STATUSES: Status[] = [
  "draft",
  "submitted",
  "returned",
  "approved",
  "scheduled",
  "starting",
  "running",
  "paused",
  "ended",
];
