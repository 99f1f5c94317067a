/** Where one may go from the navigation, in its order, and which place is whose first. */
import {
  AppstoreOutlined,
  BankOutlined,
  CustomerServiceOutlined,
  DashboardOutlined,
  FileTextOutlined,
  MailOutlined,
  PhoneOutlined,
  SafetyOutlined,
  ShareAltOutlined,
  ShopOutlined,
  SoundOutlined,
  SunOutlined,
  TeamOutlined,
  ToolOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

import { may, type Me } from "./me";

export interface Place {
  path: string;
  name: string;
  /** The permission without which the place would be empty. */
  needs: string;
  Icon: ComponentType<{ "aria-hidden"?: boolean }>;
}

export const PLACES: Place[] = [
  { path: "/serve", name: "serve", needs: "customers.names.read", Icon: CustomerServiceOutlined },
  { path: "/today", name: "today", needs: "console.today.read", Icon: SunOutlined },
  { path: "/tasks", name: "tasks", needs: "notifications.calls.read", Icon: PhoneOutlined },
  { path: "/overview", name: "overview", needs: "console.overview.read", Icon: DashboardOutlined },
  { path: "/members", name: "members", needs: "console.members.read", Icon: TeamOutlined },
  { path: "/segments", name: "segments", needs: "segmentation.segments.read", Icon: AppstoreOutlined },
  { path: "/campaigns", name: "campaigns", needs: "campaigns.campaign.read", Icon: SoundOutlined },
  { path: "/partners", name: "partners", needs: "campaigns.parties.read", Icon: ShareAltOutlined },
  { path: "/messages", name: "messages", needs: "notifications.messages.read", Icon: MailOutlined },
  { path: "/templates", name: "templates", needs: "notifications.templates.read", Icon: FileTextOutlined },
  { path: "/stores", name: "stores", needs: "console.stores.read", Icon: ShopOutlined },
  { path: "/privacy", name: "privacy", needs: "customers.customer.erase", Icon: SafetyOutlined },
  { path: "/statements", name: "statements", needs: "loyalty.settlements.read", Icon: BankOutlined },
  { path: "/operations", name: "operations", needs: "operations.read", Icon: ToolOutlined },
];

/** The place that an address is part of: the longest path that begins it. */
export function placeOf(pathname: string): Place | undefined {
  const inside = PLACES.filter(({ path }) => pathname === path || pathname.startsWith(`${path}/`));
  return inside.sort((a, b) => b.path.length - a.path.length)[0];
}

const FIRST: Record<string, string> = {
  clerk: "/serve",
  service_desk: "/serve",
  store_manager: "/today",
  approver: "/campaigns?status=submitted",
  marketer: "/overview",
  hq_admin: "/overview",
  auditor: "/overview",
  privacy_officer: "/privacy",
  partner: "/campaigns",
  operator: "/operations",
};

export function firstPlace(me: Me): string {
  const wished = me.roles.map((role) => FIRST[role]).find((path) => path !== undefined);
  const needed = wished ? placeOf(wished.split("?")[0] ?? "")?.needs : undefined;
  if (wished && needed && may(me, needed)) return wished;
  return PLACES.find(({ needs }) => may(me, needs))?.path ?? "/nowhere";
}
