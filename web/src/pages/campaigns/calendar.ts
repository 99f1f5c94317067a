/** When campaigns run, and which of them would meet the same members at the same time. Pure. */
import type { components } from "@/api/generated/campaigns";

type Campaign = components["schemas"]["CampaignSummary"];

const DAY_MS = 86_400_000;

export interface Planned {
  id: string;
  name: Record<string, string>;
  status: string;
  segment: string | null;
  stacking: string;
  from: number;
  to: number;
}

/** Those whose dates are known, by when they begin. */
export function plannedOf(campaigns: Campaign[]): Planned[] {
  return campaigns
    .flatMap(({ campaign_id, definition, status, segment, starts_at, started_at, ends_at, ended_at }) => {
      const begin = started_at ?? starts_at;
      if (!begin) return [];
      const from = Date.parse(begin);
      const end = ended_at ?? ends_at;
      const to = end ? Date.parse(end) : from + definition.days * DAY_MS;
      const stacking = definition.stacking_group ?? "default";
      return [{ id: campaign_id, name: definition.name, status, segment, stacking, from, to }];
    })
    .sort((a, b) => a.from - b.from);
}

/** Two that are not over, overlap, and speak to the same segment or to everybody. */
export function conflictsOf(planned: Planned[]): [Planned, Planned][] {
  const open = planned.filter(({ status }) => status !== "ended");
  return open.flatMap((a, i) =>
    open
      .slice(i + 1)
      .filter((b) => a.from < b.to && b.from < a.to)
      .filter((b) => a.segment === b.segment || a.segment === null || b.segment === null)
      .map((b): [Planned, Planned] => [a, b]),
  );
}

/** The dates that are shown: all of them and today, with some air around. */
export function frameOf(planned: Planned[], today: string): { from: number; to: number } {
  const now = Date.parse(today);
  const from = Math.min(now, ...planned.map((one) => one.from)) - 2 * DAY_MS;
  const to = Math.max(now, ...planned.map((one) => one.to)) + 2 * DAY_MS;
  return { from, to };
}
