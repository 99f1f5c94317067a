import { Alert } from "antd";
import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/campaigns";

import { drawn } from "./interval";

interface Props {
  title: string;
  estimate: components["schemas"]["Estimate"];
  written: (value: number) => string;
}

/** The difference per member as a point with its interval around it, beside zero. */
export function Interval({ title, estimate, written }: Props) {
  const { t } = useTranslation();
  const { difference, low, high, confidence_percent: confidence = 95 } = estimate;
  if (difference === null || low === null || high === null) {
    return (
      <Alert
        type="info"
        showIcon
        title={`${title}: ${t("result.too_early")}`}
        description={t("result.too_early_why")}
      />
    );
  }
  const [d, l, h] = [Number(difference), Number(low), Number(high)];
  const at = drawn(l, d, h);
  const verdict = l > 0 ? "more" : h < 0 ? "less" : "open";
  return (
    <figure className="interval">
      <figcaption>
        <strong>{title}</strong>: {written(d)}{" "}
        <span className="faint">{t("result.interval", { confidence, low: written(l), high: written(h) })}</span>
        <span className={`block ${verdict === "more" ? "good" : verdict === "less" ? "bad" : "warn"}`}>
          {t(`result.${verdict}`)}
        </span>
      </figcaption>
      <svg
        viewBox="0 0 400 44"
        role="img"
        aria-label={t("result.interval", { confidence, low: written(l), high: written(h) })}
      >
        <line x1="0" x2="400" y1="20" y2="20" stroke="#dde3de" />
        <line x1={at.zero} x2={at.zero} y1="6" y2="34" stroke="#5a6561" strokeDasharray="3 3" />
        <text x={at.zero} y="43" fontSize="10" textAnchor="middle" fill="#4c5652">
          0
        </text>
        <line
          x1={at.low}
          x2={at.high}
          y1="20"
          y2="20"
          stroke="#0b5d4e"
          strokeWidth="6"
          strokeLinecap="round"
          opacity="0.4"
        />
        <circle cx={at.point} cy="20" r="6" fill="#0b5d4e" />
      </svg>
    </figure>
  );
}
