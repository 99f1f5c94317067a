/** Every address and its page, each a chunk of its own. */
import { lazy, type ComponentType } from "react";
import { matchPath, Navigate, Route, Routes } from "react-router";

import { Missing } from "./Missing";
import { useMe } from "./me";
import { firstPlace } from "./places";
import { Shell } from "./shell/Shell";

type Load = () => Promise<{ default: ComponentType }>;

const PAGES: Record<string, Load> = {
  serve: () => import("@/pages/serve/SearchPage"),
  "serve/:id": () => import("@/pages/serve/CardPage"),
  register: () => import("@/pages/register/RegisterPage"),
  today: () => import("@/pages/today/TodayPage"),
  tasks: () => import("@/pages/tasks/TasksPage"),
  overview: () => import("@/pages/overview/OverviewPage"),
  members: () => import("@/pages/members/MembersPage"),
  "members/:id": () => import("@/pages/member/MemberPage"),
  "receipts/:id": () => import("@/pages/receipt/ReceiptPage"),
  segments: () => import("@/pages/segments/SegmentsPage"),
  "segments/new": () => import("@/pages/segment-edit/SegmentEditPage"),
  "segments/:code": () => import("@/pages/segment/SegmentPage"),
  "segments/:code/edit": () => import("@/pages/segment-edit/SegmentEditPage"),
  campaigns: () => import("@/pages/campaigns/CampaignsPage"),
  "campaigns/calendar": () => import("@/pages/campaigns/CalendarPage"),
  "campaigns/new": () => import("@/pages/campaign-edit/CampaignEditPage"),
  "campaigns/:id": () => import("@/pages/campaign/CampaignPage"),
  "campaigns/:id/edit": () => import("@/pages/campaign-edit/CampaignEditPage"),
  partners: () => import("@/pages/partners/PartnersPage"),
  statements: () => import("@/pages/statements/StatementsPage"),
  "statements/:party": () => import("@/pages/statements/StatementPage"),
  messages: () => import("@/pages/messages/MessagesPage"),
  "messages/:id": () => import("@/pages/message/MessagePage"),
  templates: () => import("@/pages/templates/TemplatesPage"),
  "templates/edit": () => import("@/pages/template-edit/TemplateEditPage"),
  stores: () => import("@/pages/stores/StoresPage"),
  "stores/:code": () => import("@/pages/store/StorePage"),
  privacy: () => import("@/pages/privacy/PrivacyPage"),
  operations: () => import("@/pages/operations/OperationsPage"),
};

/** Begins to load the page at an address, beside whatever is still to be asked before it is drawn. */
export function loadAhead(pathname: string): void {
  const load = Object.entries(PAGES).find(([path]) => matchPath(`/${path}`, pathname))?.[1];
  // What fails here fails again where it is drawn, and is said there.
  void load?.().catch(() => undefined);
}

const ROUTES = Object.entries(PAGES).map(([path, load]) => ({ path, Page: lazy(load) }));

function First() {
  return <Navigate to={firstPlace(useMe())} replace />;
}

export function Pages() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<First />} />
        {ROUTES.map(({ path, Page }) => (
          <Route key={path} path={path} element={<Page />} />
        ))}
        <Route path="*" element={<Missing />} />
      </Route>
    </Routes>
  );
}
