/** Every campaign; with ?status=submitted the inbox of whoever approves. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, campaigns } from "@/api/client";
import type { components } from "@/api/generated/campaigns";
import { LOOK_EVERY_MS } from "@/api/queries";
import { useMay } from "@/app/me";
import { useTold } from "@/i18n/useLanguage";
import { STATUSES, type Status } from "@/shared/campaigns/kinds";
import { useOfferWords } from "@/shared/campaigns/useOfferWords";
import { useSegmentNames } from "@/shared/segments/useSegmentNames";
import { useFormat } from "@/shared/format";
import type { Column } from "@/shared/list/DataTable";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { useAddress } from "@/shared/useAddress";
import { useWord } from "@/shared/useWord";

type Campaign = components["schemas"]["CampaignSummary"];

export default function CampaignsPage() {
  const { t } = useTranslation();
  const word = useWord();
  const writes = useMay("campaigns.campaign.write");
  const [{ status, segment }, change] = useAddress();
  const { cursor } = usePages();
  const wanted = STATUSES.filter((one) => status?.split(",").includes(one));
  const query = useQuery({
    queryKey: ["campaigns", "list", wanted, segment, cursor],
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY_MS,
    queryFn: () =>
      answer(
        campaigns.GET("/campaigns", {
          params: { query: { status: wanted.length ? wanted : undefined, segment, sort: "newest", cursor, limit: 30 } },
        }),
      ),
  });
  return (
    <Page
      title={status === "submitted" ? t("campaigns.inbox") : t("campaigns.title")}
      actions={
        <>
          <LinkButton to="/campaigns/calendar">{t("campaigns.calendar")}</LinkButton>
          {writes ? (
            <LinkButton to="/campaigns/new" type="primary">
              {t("campaigns.new")}
            </LinkButton>
          ) : null}
        </>
      }
    >
      <div className="filters">
        <Select<Status[]>
          mode="multiple"
          allowClear
          className="wide-filter"
          aria-label={t("campaigns.status")}
          placeholder={t("campaigns.status")}
          value={wanted}
          onChange={(values) => change({ status: values.join(",") })}
          options={STATUSES.map((value) => ({ value, label: word("campaign_status", value) }))}
        />
      </div>
      <PagedTable
        label={t("campaigns.title")}
        query={query}
        columns={useColumns()}
        rowKey={({ campaign_id }) => campaign_id}
        empty={status === "submitted" ? t("campaigns.inbox_empty") : t("campaigns.none")}
      />
    </Page>
  );
}

function useColumns(): Column<Campaign>[] {
  const { t } = useTranslation();
  const word = useWord();
  const told = useTold();
  const offered = useOfferWords();
  const named = useSegmentNames();
  const { time } = useFormat();
  return [
    {
      title: t("campaigns.name"),
      render: ({ campaign_id, definition, code }) => (
        <>
          <Link to={`/campaigns/${campaign_id}`}>{told(definition.name)}</Link>
          <span className="faint block">{code}</span>
        </>
      ),
    },
    {
      title: t("campaigns.status"),
      render: ({ status }) => <span className={`stage status-${status}`}>{word("campaign_status", status)}</span>,
    },
    {
      title: t("campaigns.segment"),
      render: ({ segment }) =>
        segment ? <Link to={`/segments/${segment}`}>{named(segment)}</Link> : t("campaigns.everybody"),
    },
    {
      title: t("campaigns.offer"),
      render: ({ definition: { offer, budget } }) => offered(offer, budget?.currency ?? null),
    },
    {
      title: t("campaigns.begins"),
      render: ({ started_at, starts_at }) => ((started_at ?? starts_at) ? time(started_at ?? starts_at ?? "") : "—"),
    },
    {
      title: t("campaigns.ends"),
      render: ({ ended_at, ends_at }) => ((ended_at ?? ends_at) ? time(ended_at ?? ends_at ?? "") : "—"),
    },
    { title: t("campaigns.author"), render: ({ author }) => author.split("|").at(-1) },
  ];
}
