import { useTranslation } from "react-i18next";

import { useFormat } from "../format";
import { useWord } from "../useWord";
import { isGroup, type Rule } from "./rules";

/** A rule read aloud: every node a line, what is inside it below. */
export function RuleText({ rule }: { rule: Rule }) {
  const said = useRuleWords();
  const inside = isGroup(rule) ? rule.of : rule.kind === "not" ? [rule.of] : [];
  return (
    <div className="rule">
      {said(rule)}
      {inside.map((child, i) => (
        <RuleText key={i} rule={child} />
      ))}
    </div>
  );
}

function useRuleWords(): (rule: Rule) => string {
  const { t } = useTranslation();
  const word = useWord();
  const { number } = useFormat();
  const range = ({ min, max }: { min?: number | null; max?: number | null }) =>
    [min != null ? t("rule.from", { value: number(min) }) : "", max != null ? t("rule.to", { value: number(max) }) : ""]
      .filter(Boolean)
      .join(" ");
  const list = (kind: string, values: readonly string[]) => values.map((value) => word(kind, value)).join(", ");
  return (rule) => {
    const name = word("rule_kind", rule.kind);
    switch (rule.kind) {
      case "all":
      case "any":
      case "not":
        return name;
      case "lifecycle":
        return `${name}: ${list("lifecycle", rule.in)}`;
      case "rfm_class":
        return `${name}: ${list("rfm", rule.in)}`;
      case "home_store":
        return `${name}: ${rule.in.join(", ")}`;
      case "score":
        return `${word("dimension", rule.dimension)} ${range(rule)}`;
      case "registered":
      case "last_purchase":
        return `${name} ${range(rule)} ${t("rule.days_ago")}`;
      case "purchases": {
        const where = [rule.stores, rule.categories, rule.products].flatMap((codes) => codes ?? []);
        return `${t("rule.window", { count: rule.window_days })} ${word("measure", rule.measure)} ${range(rule)}${where.length ? ` (${where.join(", ")})` : ""}`;
      }
      case "consent":
        return `${name}: ${word("consent", rule.purpose)}${rule.channel ? ` · ${word("channel", rule.channel)}` : ""}`;
    }
  };
}
