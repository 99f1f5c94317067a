/** What a store manager does first today: whom nobody has looked after, who complains, who has to be called. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, board, notifications } from "@/api/client";
import type { components } from "@/api/generated/console";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { useNames } from "@/shared/members/useNames";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

import { Birthdays } from "./Birthdays";
import { ComplaintQueue } from "./ComplaintQueue";
import { Forgotten } from "./Forgotten";

type Today = components["schemas"]["TodayView"];

export default function TodayPage() {
  const { t } = useTranslation();
  const { day } = useFormat();
  const [{ store }] = useAddress();
  const today = useQuery({
    queryKey: ["members", "today", store],
    queryFn: () => answer(board.GET("/today", { params: { query: { store } } })),
  });
  return (
    <Page title={t("today.title")} lead={today.data ? day(today.data.business_today) : undefined}>
      <Loaded query={today} rows={10}>
        {(view) => <Content today={view} store={store} />}
      </Loaded>
    </Page>
  );
}

function Content({ today, store }: { today: Today; store: string | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const calls = useMay("notifications.calls.read");
  const greets = useMay("customers.celebrations.read");
  const names = useNames([...today.at_risk, ...today.best, ...today.complaints].map(({ customer_id }) => customer_id));
  const inStore = store ? `&store=${encodeURIComponent(store)}` : "";
  const uncontacted = `uncontacted_days=${today.uncontacted_days}${inStore}`;
  return (
    <div className="stack">
      <dl className="figures">
        <div className="figure">
          <dt>
            <Link to={`/members?sort=-registered${inStore}`}>{t("today.new_members")}</Link>
          </dt>
          <dd>{number(today.new_members)}</dd>
        </div>
        <div className="figure">
          <dt>
            <Link to={`/members?complaint_open=true${inStore}`}>{t("today.complaints")}</Link>
          </dt>
          <dd className={today.complaints.length ? "bad" : ""}>{number(today.complaints.length)}</dd>
        </div>
        {calls ? <Calls store={store} /> : null}
      </dl>
      <div className="grid">
        <ComplaintQueue complaints={today.complaints} names={names} />
        <Forgotten
          title={t("today.at_risk")}
          lead={t("today.at_risk_lead", { count: today.uncontacted_days })}
          rows={today.at_risk}
          total={today.at_risk_total}
          names={names}
          to={`/members?lifecycle=at_risk&sort=-spend&${uncontacted}`}
        />
        {greets ? <Birthdays store={store} /> : null}
        <Forgotten
          title={t("today.best")}
          lead={t("today.best_lead", { count: today.uncontacted_days })}
          rows={today.best}
          total={today.best_total}
          names={names}
          to={`/members?rfm=champions&sort=-spend&${uncontacted}`}
        />
      </div>
    </div>
  );
}

function Calls({ store }: { store: string | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const calls = useQuery({
    queryKey: ["messages", "calls", store, "count"],
    queryFn: () => answer(notifications.GET("/call-list", { params: { query: { store, limit: 200 } } })),
  });
  if (!calls.data) return null;
  const more = calls.data.next_cursor === null ? "" : "+";
  return (
    <div className="figure">
      <dt>
        <Link to={store ? `/tasks?store=${encodeURIComponent(store)}` : "/tasks"}>{t("today.calls")}</Link>
      </dt>
      <dd>{`${number(calls.data.items.length)}${more}`}</dd>
    </div>
  );
}
