import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";

import { blank, isGroup, KINDS, replaced, turnedInto, without, type Rule } from "@/shared/segments/rules";
import { useWord } from "@/shared/useWord";

import { Fields } from "./Fields";

interface Props {
  rule: Rule;
  change: (rule: Rule) => void;
  remove?: () => void;
}

const LEAVES_MAX = 20;

/** One node of the rule, and those inside it. */
export function Builder({ rule, change, remove }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <div className="rule-node" role="group" aria-label={word("rule_kind", rule.kind)}>
      <div className="row">
        <Select
          aria-label={t("rule.kind")}
          value={rule.kind}
          popupMatchSelectWidth={false}
          onChange={(kind) => change(turnedInto(rule, kind))}
          options={KINDS.map((value) => ({ value, label: word("rule_kind", value) }))}
        />
        <Fields rule={rule} change={change} />
        {remove ? (
          <Button type="text" onClick={remove}>
            {t("rule.remove")}
          </Button>
        ) : null}
      </div>
      {isGroup(rule) ? (
        <div className="rule-inside">
          {rule.of.map((child, i) => (
            <Builder
              key={i}
              rule={child}
              change={(next) => change({ ...rule, of: replaced(rule.of, i, next) })}
              {...(rule.of.length > 1 ? { remove: () => change({ ...rule, of: without(rule.of, i) }) } : {})}
            />
          ))}
          {rule.of.length < LEAVES_MAX ? (
            <Button onClick={() => change({ ...rule, of: [...rule.of, blank("last_purchase")] })}>
              {t("rule.add")}
            </Button>
          ) : null}
        </div>
      ) : null}
      {rule.kind === "not" ? (
        <div className="rule-inside">
          <Builder rule={rule.of} change={(next) => change({ ...rule, of: next })} />
        </div>
      ) : null}
    </div>
  );
}
