import type { components } from "@/api/generated/customers";

type Item = components["schemas"]["TimelineItem"];

/** Where the thing itself is that happened, and what one must be allowed to look at it. */
const PLACES: [RegExp, string, string][] = [
  [/^(sale_|points_)/, "/receipts", "stores.receipts.read"],
  [/^message_/, "/messages", "notifications.messages.read"],
  [/^offer_/, "/campaigns", "campaigns.campaign.read"],
];

/** The address behind an event of the timeline; null where there is none, or none for her. Pure. */
export function behind({ kind, about, details }: Item, may: (permission: string) => boolean): string | null {
  const segment = details?.["segment"];
  if (segment) return may("segmentation.segments.read") ? `/segments/${encodeURIComponent(segment)}` : null;
  // Points that were redeemed are about a redemption, which no receipt has the id of.
  const place = kind.startsWith("points_redeem") ? undefined : PLACES.find(([kinds]) => kinds.test(kind));
  return place && about && may(place[2]) ? `${place[1]}/${about}` : null;
}
