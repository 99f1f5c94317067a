import type { EChartsCoreOption } from "echarts/core";

import type { components } from "@/api/generated/console";
import type { Format } from "@/shared/format";

import { COLOURS } from "./colours";

type SalesDay = components["schemas"]["SalesDay"];

export function salesOption(
  days: SalesDay[],
  currency: string,
  format: Format,
  names: { members: string; others: string },
): EChartsCoreOption {
  const own = days.filter((day) => day.currency === currency);
  const bars = (name: string, color: string, of: (day: SalesDay) => number) => ({
    name,
    type: "bar",
    stack: "sales",
    barCategoryGap: "20%",
    barMaxWidth: 56,
    itemStyle: { color },
    data: own.map(of),
  });
  return {
    animation: false,
    grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: COLOURS.ink } },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => format.money(Number(value), currency) },
    xAxis: { type: "category", data: own.map((day) => format.day(day.business_date)), axisTick: { show: false } },
    yAxis: {
      type: "value",
      axisLabel: { formatter: (value: number) => format.roundMoney(value, currency) },
      splitLine: { lineStyle: { color: COLOURS.line } },
    },
    series: [
      bars(names.members, COLOURS.members, (day) => day.member_sales_minor),
      bars(names.others, COLOURS.all, (day) => day.sales_minor - day.member_sales_minor),
    ],
  };
}
