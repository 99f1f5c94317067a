/** One store: its sales by day and who works there on what. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { answer, board, stores } from "@/api/client";
import { useMe } from "@/app/me";
import { SalesChart } from "@/shared/charts/SalesChart";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { Span } from "@/shared/Span";
import { spanOf } from "@/shared/spans";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

export default function StorePage() {
  const { t } = useTranslation();
  const { code = "" } = useParams();
  const { day, money, number, percent } = useFormat();
  const { business_today: today } = useMe();
  const [filters, change] = useAddress();
  const span = spanOf(filters, today);
  const store = useQuery({
    queryKey: ["still", "store", code],
    queryFn: () => answer(stores.GET("/stores/{code}", { params: { path: { code } } })),
  });
  const days = useQuery({
    queryKey: ["sales", "store", code, span],
    placeholderData: keepPreviousData,
    queryFn: () => answer(board.GET("/stores/{store_id}/days", { params: { path: { store_id: code }, query: span } })),
  });
  const at = store.data;
  return (
    <Page
      title={at?.name ?? t("member.store", { store: code })}
      lead={at ? [code, at.region, at.address, at.time_zone].filter(Boolean).join(" · ") : code}
      actions={
        <>
          <Span span={span} change={change} />
          <LinkButton to={`/overview?store=${encodeURIComponent(code)}`}>{t("stores.overview")}</LinkButton>
        </>
      }
    >
      <Loaded query={days} empty={(found) => found.days.length === 0 && t("sales.none")}>
        {(found) => (
          <div className="stack">
            <section className="panel">
              <h2>{t("sales.title")}</h2>
              <SalesChart days={found.days} currency={found.currency} />
            </section>
            <DataTable
              label={t("sales.title")}
              rows={[...found.days].reverse()}
              rowKey={({ business_date, currency }) => `${business_date} ${currency}`}
              columns={[
                { title: t("stores.day"), render: ({ business_date }) => day(business_date) },
                { title: t("overview.sales"), number: true, render: (row) => money(row.sales_minor, row.currency) },
                { title: t("stores.receipts"), number: true, render: ({ receipts }) => number(receipts) },
                {
                  title: t("stores.member_share"),
                  number: true,
                  render: (row) => percent(row.sales_minor ? row.member_sales_minor / row.sales_minor : 0),
                },
              ]}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}
