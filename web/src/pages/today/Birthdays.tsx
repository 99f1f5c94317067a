/** Whose birthday comes within a week, for whoever greets: a day and no year. */
import { useQuery } from "@tanstack/react-query";
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, customers } from "@/api/client";
import { useMe } from "@/app/me";
import { useFormat } from "@/shared/format";
import { Loaded } from "@/shared/states/Loaded";

const DAYS = 7;
const SHOWN = 12;

export function Birthdays({ store }: { store: string | undefined }) {
  const { t } = useTranslation();
  const { nearDay } = useFormat();
  const { business_today: today } = useMe();
  const coming = useQuery({
    queryKey: ["members", "birthdays", store],
    queryFn: () => answer(customers.GET("/celebrations", { params: { query: { store, days: DAYS, limit: SHOWN } } })),
  });
  return (
    <section className="panel">
      <h2>{t("today.birthdays")}</h2>
      <p className="faint">{t("today.birthdays_lead", { count: DAYS })}</p>
      <Loaded query={coming}>
        {({ items, complete }) => (
          <>
            {items.length === 0 ? <p>{t("today.no_birthdays")}</p> : null}
            <ul className="plain lines">
              {items.map(({ customer_id: id, name, day, calendar }) => (
                <li key={id} className="between">
                  <Link to={`/serve/${id}`}>{name ?? t("member.number", { id: id.slice(-6) })}</Link>
                  <span>
                    {calendar === "lunar" ? <Tag>{t("today.lunar")}</Tag> : null}
                    {day === today ? <strong className="good">{t("today.is_today")}</strong> : nearDay(day)}
                  </span>
                </li>
              ))}
            </ul>
            {complete ? null : <p className="faint spaced">{t("today.more_birthdays", { count: SHOWN })}</p>}
          </>
        )}
      </Loaded>
    </section>
  );
}
