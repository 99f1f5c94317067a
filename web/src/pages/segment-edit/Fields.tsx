import { InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";

import { CHANNELS, CLASSES, STAGES } from "@/shared/members/kinds";
import type { Rule } from "@/shared/segments/rules";
import { useWord } from "@/shared/useWord";

interface Props {
  rule: Rule;
  change: (rule: Rule) => void;
}

/** What a node of its kind asks for. */
export function Fields({ rule, change }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const options = (kind: string, values: readonly string[]) =>
    values.map((value) => ({ value, label: word(kind, value) }));
  switch (rule.kind) {
    case "all":
    case "any":
    case "not":
      return null;
    case "lifecycle":
      return (
        <Select
          mode="multiple"
          className="wide-filter"
          aria-label={t("rule.which")}
          value={rule.in}
          onChange={(value) => value.length && change({ ...rule, in: value })}
          options={options("lifecycle", STAGES)}
        />
      );
    case "rfm_class":
      return (
        <Select
          mode="multiple"
          className="wide-filter"
          aria-label={t("rule.which")}
          value={rule.in}
          onChange={(value) => value.length && change({ ...rule, in: value })}
          options={options("rfm", CLASSES)}
        />
      );
    case "home_store":
      return <Codes label={t("rule.stores")} value={rule.in} change={(value) => change({ ...rule, in: value })} />;
    case "score":
      return (
        <>
          <Select
            aria-label={t("rule.which")}
            value={rule.dimension}
            onChange={(dimension) => change({ ...rule, dimension })}
            options={options("dimension", ["recency", "frequency", "money"])}
          />
          <Range rule={rule} change={change} most={5} />
        </>
      );
    case "registered":
    case "last_purchase":
      return (
        <>
          <Range rule={rule} change={change} most={4000} />
          {t("rule.days_ago")}
        </>
      );
    case "purchases":
      return (
        <>
          <Select
            aria-label={t("rule.measure")}
            value={rule.measure}
            popupMatchSelectWidth={false}
            onChange={(measure) => change({ ...rule, measure })}
            options={options("measure", ["receipts", "amount", "days"])}
          />
          <Range rule={rule} change={change} most={1_000_000_000} />
          <InputNumber
            aria-label={t("rule.window_days")}
            prefix={t("rule.last")}
            suffix={t("rule.days")}
            min={1}
            max={400}
            value={rule.window_days}
            onChange={(value) => value && change({ ...rule, window_days: value })}
          />
          <Codes label={t("rule.stores")} value={rule.stores ?? []} change={(stores) => change({ ...rule, stores })} />
          <Codes
            label={t("rule.categories")}
            value={rule.categories ?? []}
            change={(categories) => change({ ...rule, categories })}
          />
          <Codes
            label={t("rule.products")}
            value={rule.products ?? []}
            change={(products) => change({ ...rule, products })}
          />
        </>
      );
    case "consent":
      return (
        <>
          <Select
            aria-label={t("rule.purpose")}
            value={rule.purpose}
            onChange={(purpose) => change({ ...rule, purpose })}
            options={options("consent", ["membership", "profiling", "marketing"])}
          />
          <Select
            aria-label={t("rule.channel")}
            allowClear
            placeholder={word("channel", "any")}
            value={rule.channel ?? null}
            onChange={(channel) => change({ ...rule, channel })}
            options={options("channel", CHANNELS)}
          />
        </>
      );
  }
}

function Codes({ label, value, change }: { label: string; value: string[]; change: (value: string[]) => void }) {
  return (
    <Select
      mode="tags"
      className="filter"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={change}
      tokenSeparators={[",", " "]}
      open={false}
      suffix={null}
    />
  );
}

type Ranged = Extract<Rule, { min?: number | null }>;

function Range<R extends Ranged>({ rule, change, most }: { rule: R; change: (rule: R) => void; most: number }) {
  const { t } = useTranslation();
  return (
    <>
      <InputNumber
        aria-label={t("rule.at_least")}
        placeholder={t("rule.at_least")}
        min={0}
        max={most}
        value={rule.min ?? null}
        onChange={(min) => change({ ...rule, min })}
      />
      <InputNumber
        aria-label={t("rule.at_most")}
        placeholder={t("rule.at_most")}
        min={0}
        max={most}
        value={rule.max ?? null}
        onChange={(max) => change({ ...rule, max })}
      />
    </>
  );
}
