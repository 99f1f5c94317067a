/** One receipt: its lines as they stand, and every event that made them so. */
import { useQuery } from "@tanstack/react-query";
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { answer, stores } from "@/api/client";
import type { components } from "@/api/generated/stores";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

type Receipt = components["schemas"]["ReceiptView"];

export default function ReceiptPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const receipt = useQuery({
    queryKey: ["sales", "receipt", id],
    queryFn: () => answer(stores.GET("/receipts/{receipt_id}", { params: { path: { receipt_id: id } } })),
  });
  return (
    <Page title={receipt.data ? t("receipt.title", { number: receipt.data.number }) : t("receipt.name")}>
      <Loaded query={receipt}>{(found) => <Content receipt={found} />}</Loaded>
    </Page>
  );
}

function Content({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const word = useWord();
  const { money, time } = useFormat();
  return (
    <div className="stack">
      <section className="panel">
        <dl className="facts">
          <dt>{t("receipt.store")}</dt>
          <dd>
            {receipt.store_id} / {receipt.till_id}
          </dd>
          <dt>{t("receipt.when")}</dt>
          <dd>{time(receipt.occurred_at)}</dd>
          <dt>{t("receipt.total")}</dt>
          <dd>
            {money(receipt.net_minor, receipt.currency)} <Tag>{word("standing", receipt.standing)}</Tag>
          </dd>
          <dt>{t("receipt.member")}</dt>
          <dd>
            {receipt.customer_id ? (
              <Link to={`/members/${receipt.customer_id}`}>{t("receipt.to_member")}</Link>
            ) : (
              t("receipt.nobody")
            )}
          </dd>
        </dl>
      </section>
      <section className="panel">
        <h2>{t("receipt.lines")}</h2>
        <DataTable
          label={t("receipt.lines")}
          rows={receipt.lines}
          rowKey={({ line }) => String(line)}
          columns={[
            { title: t("receipt.product"), render: ({ product }) => product },
            { title: t("receipt.category"), render: ({ category }) => category ?? "—" },
            { title: t("receipt.quantity"), number: true, render: ({ quantity }) => Number(quantity) },
            { title: t("receipt.amount"), number: true, render: (line) => money(line.amount_minor, receipt.currency) },
            {
              title: t("receipt.returned"),
              number: true,
              render: (line) => (line.returned_minor ? money(line.returned_minor, receipt.currency) : "—"),
            },
          ]}
        />
      </section>
      <section className="panel">
        <h2>{t("receipt.history")}</h2>
        <ol className="plain lines">
          {receipt.history.map((event) => (
            <li key={event.version}>
              {word("receipt_event", event.type)} <span className="faint">{time(event.occurred_at)}</span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}
