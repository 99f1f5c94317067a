/** One segment: its rule, how many are in it and were, and its members with why. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { answer, segmentation } from "@/api/client";
import type { components } from "@/api/generated/segmentation";
import { isWhole, useMay, useMe } from "@/app/me";
import { useFormat } from "@/shared/format";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { MemberName } from "@/shared/members/MemberName";
import { useNames } from "@/shared/members/useNames";
import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { RuleText } from "@/shared/segments/RuleText";
import { ruleOf } from "@/shared/segments/rules";
import { useReason } from "@/shared/segments/useReason";
import { useSegmentName } from "@/shared/segments/useSegmentName";
import { Loaded } from "@/shared/states/Loaded";

import { Trend } from "./Trend";

export default function SegmentPage() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { code = "" } = useParams();
  const writes = useMay("segmentation.segments.write");
  const sees = useMay("console.members.read");
  const me = useMe();
  const named = useSegmentName();
  const segment = useQuery({
    queryKey: ["members", "segment", code],
    queryFn: () => answer(segmentation.GET("/segments/{code}", { params: { path: { code } } })),
  });
  const found = segment.data;
  return (
    <Page
      title={found ? named(found) : code}
      lead={found ? t("segments.count", { count: found.size, size: number(found.size) }) : undefined}
      actions={
        <>
          {sees ? <LinkButton to={`/members?segment=${code}`}>{t("segments.as_list")}</LinkButton> : null}
          {writes && found?.kind === "rule" ? (
            <LinkButton to={`/segments/${code}/edit`}>{t("segments.edit")}</LinkButton>
          ) : null}
        </>
      }
    >
      <Loaded query={segment}>
        {({ rule }) => (
          <div className="stack">
            <section className="panel">
              <h2>{t("segments.rule")}</h2>
              <RuleText rule={ruleOf(rule)} />
            </section>
            {isWhole(me) ? <Trend code={code} /> : null}
            <Members code={code} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Members({ code }: { code: string }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const said = useReason();
  const { cursor } = usePages();
  const members = useQuery({
    queryKey: ["members", "inside", code, cursor],
    placeholderData: keepPreviousData,
    queryFn: () =>
      answer(
        segmentation.GET("/segments/{code}/members", { params: { path: { code }, query: { cursor, limit: 30 } } }),
      ),
  });
  const names = useNames(members.data?.items.map(({ customer_id }) => customer_id) ?? []);
  return (
    <PagedTable<components["schemas"]["SegmentMemberView"]>
      label={t("segments.members")}
      query={members}
      rowKey={({ customer_id }) => customer_id}
      empty={t("segments.empty")}
      columns={[
        {
          title: t("member.name"),
          render: ({ customer_id }) => (
            <MemberName id={customer_id} names={names} to={`/members/${customer_id}?tab=segments`} />
          ),
        },
        { title: t("segments.since"), render: ({ since }) => time(since) },
        { title: t("segments.reason"), render: said },
      ]}
    />
  );
}
