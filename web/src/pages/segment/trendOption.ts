import type { EChartsCoreOption } from "echarts/core";

import type { components } from "@/api/generated/segmentation";
import { COLOURS } from "@/shared/charts/colours";
import type { Format } from "@/shared/format";

const DAY_MS = 86_400_000;

/** On an axis of time: days on which nobody was swept leave their gap. */
export function trendOption(
  sizes: components["schemas"]["SegmentSize"][],
  format: Format,
  name: string,
): EChartsCoreOption {
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 12, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => format.number(Number(value)) },
    xAxis: {
      type: "time",
      minInterval: DAY_MS,
      axisLabel: {
        hideOverlap: true,
        formatter: (at: number) => format.nearDay(new Date(at).toISOString().slice(0, 10)),
      },
    },
    yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: COLOURS.line } } },
    series: [
      {
        name,
        type: "line",
        showSymbol: sizes.length < 40,
        symbolSize: 6,
        lineStyle: { color: COLOURS.members },
        itemStyle: { color: COLOURS.members },
        data: sizes.map(({ day, members }) => [`${day}T12:00:00Z`, members]),
      },
    ],
  };
}
