/** A drawing of what a table beside it says as well: for eyes only, and loaded when the page already stands. */
import type { EChartsCoreOption } from "echarts/core";
import { useEffect, useRef } from "react";

interface Props {
  label: string;
  option: EChartsCoreOption;
  height?: number;
  onClick?: (name: string) => void;
}

export function Chart({ label, option, height = 280, onClick }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef({ option, onClick });
  const chart = useRef<ReturnType<typeof import("./echarts").init> | null>(null);
  useEffect(() => {
    latest.current = { option, onClick };
    chart.current?.setOption(option, { notMerge: true });
  }, [option, onClick]);
  useEffect(() => {
    let gone = false;
    const resized = new ResizeObserver(() => chart.current?.resize());
    void import("./echarts").then(({ init }) => {
      if (gone || !place.current) return;
      chart.current = init(place.current);
      chart.current.setOption(latest.current.option);
      chart.current.on("click", ({ name }) => latest.current.onClick?.(name));
      resized.observe(place.current);
    });
    return () => {
      gone = true;
      resized.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);
  return <div ref={place} role="img" aria-label={label} style={{ height }} />;
}
