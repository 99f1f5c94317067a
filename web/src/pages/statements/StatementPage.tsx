/** One party's month: every line that was shared, and what is owed at its end. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { answer, loyalty } from "@/api/client";
import type { components } from "@/api/generated/loyalty";
import { useAction } from "@/api/queries";
import { useMe } from "@/app/me";
import { useTold } from "@/i18n/useLanguage";
import { useFormat } from "@/shared/format";
import { keepAsFile } from "@/shared/keepAsFile";
import { DataTable } from "@/shared/list/DataTable";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { Trouble } from "@/shared/states/Trouble";
import { useAddress } from "@/shared/useAddress";

export default function StatementPage() {
  const { t } = useTranslation();
  const { party = "" } = useParams();
  const { business_today: today } = useMe();
  const [{ month = today.slice(0, 7) }, change] = useAddress();
  const path = { party, month };
  const statement = useQuery({
    queryKey: ["campaigns", "statement", party, month],
    queryFn: () => answer(loyalty.GET("/settlements/{party}/statements/{month}", { params: { path } })),
  });
  const file = useAction(
    () =>
      answer(loyalty.GET("/settlements/{party}/statements/{month}/lines.csv", { params: { path }, parseAs: "blob" })),
    { changes: [], done: (lines) => keepAsFile(lines, `${party}-${month}.csv`) },
  );
  return (
    <Page
      title={t("statements.one", { party })}
      actions={
        <>
          <input
            type="month"
            className="date"
            aria-label={t("statements.month")}
            value={month}
            onChange={({ target }) => target.value && change({ month: target.value })}
          />
          <Button loading={file.isPending} onClick={() => file.mutate()}>
            {t("members.export")}
          </Button>
        </>
      }
    >
      <div className="stack">
        <Trouble error={file.error} />
        <Loaded query={statement} empty={({ currencies }) => currencies.length === 0 && t("statements.nothing")}>
          {({ currencies }) => currencies.map((one) => <Currency key={one.currency} statement={one} />)}
        </Loaded>
      </div>
    </Page>
  );
}

function Currency({ statement }: { statement: components["schemas"]["CurrencyStatement"] }) {
  const { t } = useTranslation();
  const told = useTold();
  const { day, money, number } = useFormat();
  const { currency } = statement;
  return (
    <section className="panel stack">
      <h2>{currency}</h2>
      <ul className="plain">
        {statement.counterparties.map((one) => (
          <li key={one.counterparty}>{told(one.in_words)}</li>
        ))}
      </ul>
      <DataTable
        label={t("statements.lines")}
        rows={statement.lines}
        rowKey={({ business_date, campaign_id, counterparty }) => `${business_date} ${campaign_id} ${counterparty}`}
        columns={[
          { title: t("stores.day"), render: ({ business_date }) => day(business_date) },
          {
            title: t("campaigns.one"),
            render: ({ campaign_id }) => <Link to={`/campaigns/${campaign_id}`}>…{campaign_id.slice(-6)}</Link>,
          },
          { title: t("statements.with"), render: ({ counterparty }) => counterparty },
          { title: t("statements.uses"), number: true, render: ({ redemptions }) => number(redemptions) },
          { title: t("statements.amount"), number: true, render: ({ amount_minor }) => money(amount_minor, currency) },
        ]}
      />
      <p className="number">{t("statements.closing", { amount: money(statement.closing_minor, currency) })}</p>
    </section>
  );
}
