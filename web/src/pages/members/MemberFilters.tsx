import { Button, Checkbox, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

import type { Filters } from "@/shared/useAddress";
import { useWord } from "@/shared/useWord";
import { useSegmentNames } from "@/shared/segments/useSegmentNames";
import { CHANNELS, CLASSES, STAGES } from "@/shared/members/kinds";

interface Props {
  filters: Filters;
  change: (filters: Filters) => void;
}

export function MemberFilters({ filters, change }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const named = useSegmentNames();
  const choice = (name: string, kind: string, values: readonly string[]) => (
    <Select
      allowClear
      aria-label={t(`members.by_${name}`)}
      placeholder={t(`members.by_${name}`)}
      value={filters[name] ?? null}
      onChange={(value: string | null) => change({ [name]: value ?? undefined })}
      options={values.map((value) => ({ value, label: word(kind, value) }))}
      popupMatchSelectWidth={false}
      className="filter"
    />
  );
  const narrowed = ["r", "f", "segment", "uncontacted_days", "home_store"].filter((name) => filters[name]);
  return (
    <div className="filters" role="group" aria-label={t("members.filters")}>
      {choice("lifecycle", "lifecycle", STAGES)}
      {choice("rfm", "rfm", CLASSES)}
      {choice("contactable", "channel", ["any", ...CHANNELS])}
      <Input
        key={filters["store"] ?? ""}
        allowClear
        className="filter"
        aria-label={t("members.by_store")}
        placeholder={t("members.by_store")}
        defaultValue={filters["store"] ?? ""}
        onClear={() => change({ store: undefined })}
        onPressEnter={({ currentTarget }) => change({ store: currentTarget.value.trim() })}
        onBlur={({ currentTarget }) =>
          currentTarget.value.trim() !== (filters["store"] ?? "") && change({ store: currentTarget.value.trim() })
        }
      />
      <Checkbox
        checked={filters["complaint_open"] === "true"}
        onChange={({ target }) => change({ complaint_open: target.checked ? "true" : undefined })}
      >
        {t("members.by_complaint")}
      </Checkbox>
      {narrowed.map((name) => (
        <Button key={name} onClick={() => change({ [name]: undefined })}>
          {t(`members.narrowed_${name}`, { value: name === "segment" ? named(filters[name] ?? "") : filters[name] })} ×
        </Button>
      ))}
    </div>
  );
}
