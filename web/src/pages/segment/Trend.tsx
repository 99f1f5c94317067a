/** How many were in the segment, by day, as each day's sweep noted it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { answer, segmentation } from "@/api/client";
import type { components } from "@/api/generated/segmentation";
import { useMe } from "@/app/me";
import { Chart } from "@/shared/charts/Chart";
import { useFormat } from "@/shared/format";
import { Span } from "@/shared/Span";
import { spanOf } from "@/shared/spans";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

import { trendOption } from "./trendOption";

type Size = components["schemas"]["SegmentSize"];

export function Trend({ code }: { code: string }) {
  const { t } = useTranslation();
  const { business_today: today } = useMe();
  const [filters, change] = useAddress();
  const span = spanOf(filters, today);
  const trend = useQuery({
    queryKey: ["members", "trend", code, span],
    placeholderData: keepPreviousData,
    queryFn: () => answer(segmentation.GET("/segments/{code}/trend", { params: { path: { code }, query: span } })),
  });
  return (
    <section className="panel stack">
      <div className="between wrapping">
        <h2>{t("segments.trend")}</h2>
        <Span span={span} change={change} />
      </div>
      <Loaded query={trend} empty={({ items }) => items.length === 0 && t("segments.no_trend")}>
        {({ items }) => <Sizes sizes={items} />}
      </Loaded>
    </section>
  );
}

function Sizes({ sizes }: { sizes: Size[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const option = useMemo(() => trendOption(sizes, format, t("segments.size")), [sizes, format, t]);
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last) return null;
  const { day, number } = format;
  return (
    <>
      <p>
        {t("segments.moved", {
          before: number(first.members),
          then: day(first.day),
          after: number(last.members),
          now: day(last.day),
        })}
      </p>
      {sizes.length > 1 ? <Chart label={t("segments.trend")} option={option} height={200} /> : null}
    </>
  );
}
