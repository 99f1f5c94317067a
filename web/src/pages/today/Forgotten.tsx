import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import { MemberName } from "@/shared/members/MemberName";
import type { Names } from "@/shared/members/useNames";

interface Props {
  title: string;
  lead: string;
  rows: components["schemas"]["MemberRow"][];
  total: number;
  names: Names;
  to: string;
}

/** Customers whom nobody has looked after, and the way to all of them. */
export function Forgotten({ title, lead, rows, total, names, to }: Props) {
  const { t } = useTranslation();
  const { day, money, number } = useFormat();
  return (
    <section className="panel">
      <h2>{title}</h2>
      <p className="faint">{lead}</p>
      {rows.length === 0 ? <p>{t("today.nobody")}</p> : null}
      <ul className="plain lines">
        {rows.map((row) => (
          <li key={row.customer_id} className="between">
            <span>
              <MemberName id={row.customer_id} names={names} to={`/serve/${row.customer_id}`} />
              <span className="faint block">
                {row.last_purchase ? t("today.last", { day: day(row.last_purchase) }) : t("member.never")}
              </span>
            </span>
            <span className="number">{money(row.spend_minor, row.currency)}</span>
          </li>
        ))}
      </ul>
      {total > rows.length ? <Link to={to}>{t("today.all", { count: total, number: number(total) })}</Link> : null}
    </section>
  );
}
