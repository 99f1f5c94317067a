/** Every member in the caller's scope, filtered and sorted by the server; the filter stands in the address. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, board } from "@/api/client";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { useNames } from "@/shared/members/useNames";
import { Page } from "@/shared/Page";
import { useAddress } from "@/shared/useAddress";

import { Export } from "./Export";
import { MemberFilters } from "./MemberFilters";
import { questionOf } from "./question";
import { useColumns } from "./columns";

const PAGE = 50;

export default function MembersPage() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const exports = useMay("console.members.export");
  const [filters, change] = useAddress();
  const { cursor } = usePages();
  const question = questionOf(filters);
  const members = useQuery({
    queryKey: ["members", "list", question, cursor],
    placeholderData: keepPreviousData,
    queryFn: () => answer(board.GET("/members", { params: { query: { ...question, cursor, limit: PAGE } } })),
  });
  const names = useNames(members.data?.items.map(({ customer_id }) => customer_id) ?? []);
  const total = members.data?.total;
  return (
    <Page
      title={t("members.title")}
      lead={typeof total === "number" ? t("members.count", { count: total, total: number(total) }) : undefined}
      actions={exports ? <Export question={question} total={total ?? null} /> : null}
    >
      <MemberFilters filters={filters} change={change} />
      <PagedTable
        label={t("members.title")}
        query={members}
        columns={useColumns(names)}
        order={{ sort: question.sort ?? "", change: (sort) => change({ sort }) }}
        rowKey={({ customer_id }) => customer_id}
        empty={t("members.none")}
      />
    </Page>
  );
}
