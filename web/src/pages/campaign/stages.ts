/** The steps of a campaign's funnel, put together from what three services know. Pure. */
import type { components as Campaigns } from "@/api/generated/campaigns";
import type { components as Notifications } from "@/api/generated/notifications";

export interface Stage {
  key: "in_segment" | "contactable" | "treated" | "planned" | "sent" | "used";
  count: number;
  /** Who did not come as far as the next step, by the rule that removed them. */
  removed: { rule: string; members: number }[];
}

const most = (rules: { rule: string; members: number }[]) =>
  rules.filter(({ members }) => members > 0).sort((a, b) => b.members - a.members);

export function stagesOf(
  audience: Campaigns["schemas"]["Audience"],
  funnel?: Notifications["schemas"]["FunnelView"],
  result?: Campaigns["schemas"]["CampaignResult"],
): Stage[] {
  const excluded = Object.entries(audience.excluded).map(([rule, members]) => ({ rule, members }));
  const stages: Stage[] = [{ key: "in_segment", count: audience.in_segment, removed: most(excluded) }];
  if (audience.contactable !== null) {
    const heldOut = [{ rule: "hold_out", members: audience.held_out ?? 0 }];
    stages.push({ key: "contactable", count: audience.contactable, removed: most(heldOut) });
  }
  if (audience.treated !== null) stages.push({ key: "treated", count: audience.treated, removed: [] });
  if (funnel && funnel.planned > 0) {
    const suppressed = funnel.suppressed_by.map(({ rule, messages }) => ({ rule, members: messages }));
    stages.push({ key: "planned", count: funnel.planned, removed: most(suppressed) });
    stages.push({ key: "sent", count: funnel.sent, removed: [] });
  }
  if (result) stages.push({ key: "used", count: result.redemptions.members, removed: [] });
  return stages;
}
