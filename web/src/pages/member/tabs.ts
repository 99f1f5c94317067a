/** The parts of a member's page, each loaded when it is looked at. */
import { lazy, type ComponentType } from "react";

interface MemberTab {
  key: string;
  needs: string;
  Tab: ComponentType<{ id: string }>;
}

export const TABS: MemberTab[] = [
  { key: "timeline", needs: "customers.timeline.read", Tab: lazy(() => import("./tabs/TimelineTab")) },
  { key: "points", needs: "loyalty.accounts.read", Tab: lazy(() => import("./tabs/PointsTab")) },
  { key: "segments", needs: "segmentation.segments.read", Tab: lazy(() => import("./tabs/SegmentsTab")) },
  { key: "messages", needs: "notifications.messages.read", Tab: lazy(() => import("./tabs/MessagesTab")) },
  { key: "consents", needs: "customers.consent.read", Tab: lazy(() => import("./tabs/ConsentsTab")) },
  { key: "complaints", needs: "customers.complaints.read", Tab: lazy(() => import("./tabs/ComplaintsTab")) },
];
