import type { EChartsCoreOption } from "echarts/core";

import { COLOURS } from "@/shared/charts/colours";

import type { Move } from "./sums";

/** From the stages on the left to those on the right: a stage is two nodes, since flows may not run in circles. */
export function flowOption(moves: Move[], named: (stage: string | null) => string): EChartsCoreOption {
  const left = (stage: string | null) => `${named(stage)} `;
  const names = new Set(moves.flatMap(({ from, to }) => [left(from), named(to)]));
  return {
    animation: false,
    tooltip: { trigger: "item" },
    series: [
      {
        type: "sankey",
        left: 8,
        right: 96,
        top: 8,
        bottom: 8,
        nodeGap: 10,
        draggable: false,
        data: [...names].map((name) => ({ name, itemStyle: { color: COLOURS.members } })),
        links: moves.map(({ from, to, members }) => ({ source: left(from), target: named(to), value: members })),
        lineStyle: { color: "source", opacity: 0.25 },
        label: { color: COLOURS.ink },
      },
    ],
  };
}
