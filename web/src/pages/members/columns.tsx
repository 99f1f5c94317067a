import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import type { Column } from "@/shared/list/DataTable";
import { ChannelIcon } from "@/shared/members/ChannelIcon";
import { MemberName } from "@/shared/members/MemberName";
import { StageTag } from "@/shared/members/StageTag";
import type { Names } from "@/shared/members/useNames";
import { useWord } from "@/shared/useWord";

type Row = components["schemas"]["MemberRow"];

export function useColumns(names: Names): Column<Row>[] {
  const { t } = useTranslation();
  const word = useWord();
  const { day, money, number } = useFormat();
  return [
    {
      title: t("member.name"),
      render: (row) => (
        <>
          <MemberName id={row.customer_id} names={names} />
          {row.complaint_open ? <span className="bad"> · {t("member.complaint")}</span> : null}
        </>
      ),
    },
    { title: t("member.stage"), render: (row) => <StageTag stage={row.lifecycle} /> },
    { title: t("member.class"), render: (row) => word("rfm", row.rfm_class) },
    {
      title: t("member.last_purchase"),
      sort: "last_purchase",
      render: (row) => (row.last_purchase ? day(row.last_purchase) : t("member.never")),
    },
    { title: t("member.home_store"), render: (row) => row.home_store ?? "—" },
    { title: t("member.visits"), sort: "visits", number: true, render: (row) => number(row.visits) },
    { title: t("member.spend"), sort: "spend", number: true, render: (row) => money(row.spend_minor, row.currency) },
    { title: t("member.points"), sort: "points", number: true, render: (row) => number(row.points) },
    {
      title: t("member.contactable"),
      render: (row) =>
        row.contactable.map((channel) => (
          <span key={channel} title={word("channel", channel)} className="channel">
            <ChannelIcon channel={channel} />
            <span className="unseen">{word("channel", channel)}</span>
          </span>
        )),
    },
  ];
}
