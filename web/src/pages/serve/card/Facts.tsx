import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";

export function Facts({ row }: { row: components["schemas"]["MemberRow"] }) {
  const { t } = useTranslation();
  const { day, money, number } = useFormat();
  return (
    <section className="panel">
      <dl className="facts twofold">
        <dt>{t("member.last_purchase")}</dt>
        <dd>
          {row.last_purchase ? day(row.last_purchase) : t("member.never")}
          {row.last_store ? ` · ${t("member.store", { store: row.last_store })}` : ""}
        </dd>
        <dt>{t("member.visits")}</dt>
        <dd>{number(row.visits)}</dd>
        <dt>{t("member.spend")}</dt>
        <dd>{money(row.spend_minor, row.currency)}</dd>
        <dt>{t("member.home_store")}</dt>
        <dd>{row.home_store ?? "—"}</dd>
      </dl>
    </section>
  );
}
