/** All campaigns that are to come or run, on one line each, and which of them meet the same members. */
import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, campaigns } from "@/api/client";
import { useMe } from "@/app/me";
import { useTold } from "@/i18n/useLanguage";
import { useFormat } from "@/shared/format";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

import { conflictsOf, frameOf, plannedOf, type Planned } from "./calendar";

export default function CalendarPage() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["campaigns", "calendar"],
    queryFn: () =>
      answer(
        campaigns.GET("/campaigns", {
          params: {
            query: {
              status: ["submitted", "approved", "scheduled", "starting", "running", "paused", "ended"],
              sort: "begins",
              limit: 100,
            },
          },
        }),
      ),
  });
  return (
    <Page title={t("calendar.title")} lead={t("calendar.lead")}>
      <Loaded query={query} empty={({ items }) => plannedOf(items).length === 0 && t("calendar.none")}>
        {({ items }) => <Lines planned={plannedOf(items)} />}
      </Loaded>
    </Page>
  );
}

function Lines({ planned }: { planned: Planned[] }) {
  const { t } = useTranslation();
  const told = useTold();
  const word = useWord();
  const { day } = useFormat();
  const { business_today: today } = useMe();
  const frame = frameOf(planned, today);
  const conflicts = conflictsOf(planned);
  const left = (moment: number) => `${(100 * (moment - frame.from)) / (frame.to - frame.from)}%`;
  return (
    <div className="stack">
      {conflicts.map(([a, b]) => (
        <Alert
          key={`${a.id} ${b.id}`}
          type="warning"
          showIcon
          title={t("calendar.conflict", {
            a: told(a.name),
            b: told(b.name),
            segment: a.segment ?? t("campaigns.everybody"),
          })}
        />
      ))}
      <section className="panel">
        <div className="between faint">
          <span>{day(new Date(frame.from).toISOString().slice(0, 10))}</span>
          <span>{day(new Date(frame.to).toISOString().slice(0, 10))}</span>
        </div>
        <ul className="plain lines calendar">
          {planned.map((one) => (
            <li key={one.id}>
              <span>
                <Link to={`/campaigns/${one.id}`}>{told(one.name)}</Link>
                <span className="faint block">
                  {word("campaign_status", one.status)} · {one.segment ?? t("campaigns.everybody")}
                </span>
              </span>
              <span className="calendar-track" aria-hidden>
                <span className="calendar-today" style={{ left: left(Date.parse(today)) }} />
                <span
                  className={`calendar-bar status-${one.status}`}
                  style={{ left: left(one.from), width: `calc(${left(one.to)} - ${left(one.from)})` }}
                />
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
