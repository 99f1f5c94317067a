/** What partners owe each other, pair by pair; all of it together is nothing. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, loyalty } from "@/api/client";
import { useTold } from "@/i18n/useLanguage";
import { useFormat } from "@/shared/format";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { Page } from "@/shared/Page";

export default function StatementsPage() {
  const { t } = useTranslation();
  const told = useTold();
  const { money } = useFormat();
  const { cursor } = usePages();
  const settlements = useQuery({
    queryKey: ["campaigns", "settlements", cursor],
    placeholderData: keepPreviousData,
    queryFn: () => answer(loyalty.GET("/settlements", { params: { query: { cursor, limit: 50 } } })),
  });
  return (
    <Page title={t("statements.title")} lead={t("statements.lead")}>
      <PagedTable
        label={t("statements.title")}
        query={settlements}
        rowKey={({ party }) => party}
        empty={t("statements.none")}
        columns={[
          {
            title: t("statements.party"),
            render: ({ party }) => <Link to={`/statements/${encodeURIComponent(party)}`}>{party}</Link>,
          },
          {
            title: t("statements.balances"),
            render: ({ balances }) =>
              balances.map((one) => <div key={`${one.counterparty} ${one.currency}`}>{told(one.in_words)}</div>),
          },
          {
            title: t("statements.amount"),
            number: true,
            render: ({ balances }) =>
              balances.map((one) => (
                <div key={`${one.counterparty} ${one.currency}`}>{money(one.balance_minor, one.currency)}</div>
              )),
          },
        ]}
      />
    </Page>
  );
}
