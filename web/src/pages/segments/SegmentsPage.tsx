/** Every segment with its size: those that every chain has, and the chain's own. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, segmentation } from "@/api/client";
import type { components } from "@/api/generated/segmentation";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { useSegmentName } from "@/shared/segments/useSegmentName";
import { Loaded } from "@/shared/states/Loaded";

type Segment = components["schemas"]["SegmentView"];

export default function SegmentsPage() {
  const { t } = useTranslation();
  const writes = useMay("segmentation.segments.write");
  const segments = useQuery({
    queryKey: ["members", "segments"],
    queryFn: () => answer(segmentation.GET("/segments")),
  });
  return (
    <Page
      title={t("segments.title")}
      actions={
        writes ? (
          <LinkButton to="/segments/new" type="primary">
            {t("segments.new")}
          </LinkButton>
        ) : null
      }
    >
      <Loaded query={segments} rows={8}>
        {({ items }) => (
          <div className="stack">
            <Some title={t("segments.own")} segments={items.filter(({ kind }) => kind === "rule")} />
            <Some title={t("segments.named")} segments={items.filter(({ kind }) => kind === "named")} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Some({ title, segments }: { title: string; segments: Segment[] }) {
  const { t } = useTranslation();
  const { number, percent } = useFormat();
  const named = useSegmentName();
  return (
    <section>
      <h2>{title}</h2>
      {segments.length === 0 ? (
        <p className="faint">{t("segments.none")}</p>
      ) : (
        <DataTable
          label={title}
          rows={segments}
          rowKey={({ code }) => code}
          columns={[
            {
              title: t("segments.name"),
              render: (segment) => <Link to={`/segments/${segment.code}`}>{named(segment)}</Link>,
            },
            { title: t("segments.code"), render: ({ code }) => <code>{code}</code> },
            {
              title: t("segments.size"),
              number: true,
              render: ({ code, size }) => <Link to={`/members?segment=${code}`}>{number(size)}</Link>,
            },
            {
              title: t("segments.share"),
              number: true,
              render: ({ size, computation }) => percent(computation.population ? size / computation.population : 0),
            },
            {
              title: t("segments.state"),
              render: ({ computation }) =>
                computation.finished
                  ? t("segments.ready")
                  : t("segments.computing", {
                      done: number(computation.evaluated),
                      all: number(computation.population),
                    }),
            },
          ]}
        />
      )}
    </section>
  );
}
