import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";

import { answer, notifications, segmentation } from "@/api/client";
import type { Action } from "@/api/queries";
import type { Campaign } from "@/shared/campaigns/kinds";
import { useFormat } from "@/shared/format";
import { CHANNELS } from "@/shared/members/kinds";
import { useSegmentName } from "@/shared/segments/useSegmentName";
import { Trouble } from "@/shared/states/Trouble";
import { useWord } from "@/shared/useWord";

import type { Entered } from "./draft";
import { MessageValues } from "./MessageValues";

const CODE = /^[a-z0-9][a-z0-9-]*$/;

interface Props {
  save: Action<Entered, Campaign>;
  known?: Entered;
  /** What to begin with where nothing is known yet. */
  currency?: string;
}

export function CampaignForm({ save, known, currency = "" }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { number } = useFormat();
  const named = useSegmentName();
  const segments = useQuery({
    queryKey: ["members", "segments"],
    queryFn: () => answer(segmentation.GET("/segments")),
  });
  const templates = useQuery({
    queryKey: ["messages", "templates"],
    queryFn: () => answer(notifications.GET("/templates")),
  });
  const codes = [...new Set(templates.data?.items.map(({ code }) => code))];
  const required = [{ required: true, message: t("form.missing") }];
  return (
    <Form<Entered>
      layout="vertical"
      requiredMark={false}
      initialValues={
        known ?? {
          days: 14,
          hold_out_percent: 10,
          kind: "percent",
          value: 10,
          uses_per_member: 1,
          channels: [],
          currency,
        }
      }
      onFinish={(entered) => save.mutate(entered)}
      scrollToFirstError
    >
      <div className="stack">
        <Part title={t("campaigns.part_what")}>
          <Form.Item name="name_zh" label={t("campaigns.name_zh")} rules={required}>
            <Input maxLength={120} autoFocus />
          </Form.Item>
          <Form.Item name="name_en" label={t("campaigns.name_en")} rules={required}>
            <Input maxLength={120} />
          </Form.Item>
          <Form.Item
            name="code"
            label={t("segments.code")}
            extra={t("segments.code_hint")}
            rules={[{ required: true, pattern: CODE, message: t("segments.code_wrong") }]}
          >
            <Input maxLength={60} spellCheck={false} disabled={known !== undefined} />
          </Form.Item>
        </Part>
        <Part title={t("campaigns.part_who")}>
          <Form.Item name="segment" label={t("campaigns.segment")}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              placeholder={t("campaigns.everybody")}
              options={
                segments.data?.items.map((segment) => ({
                  value: segment.code,
                  label: `${named(segment)} (${number(segment.size)})`,
                })) ?? []
              }
            />
          </Form.Item>
          <Form.Item name="hold_out_percent" label={t("campaigns.hold_out")} extra={t("campaigns.hold_out_why")}>
            <InputNumber min={0} max={50} suffix="%" />
          </Form.Item>
        </Part>
        <Part title={t("campaigns.part_offer")}>
          <Form.Item name="kind" label={t("campaigns.offer")}>
            <Select
              options={["percent", "amount", "points_factor"].map((value) => ({ value, label: word("offer", value) }))}
            />
          </Form.Item>
          <Form.Item name="value" label={t("campaigns.value")} rules={required}>
            <InputNumber min={0.01} max={100_000} />
          </Form.Item>
          <Form.Item name="min_basket" label={t("campaigns.min_basket")}>
            <InputNumber min={0} precision={2} />
          </Form.Item>
          <Form.Item
            name="currency"
            label={t("campaigns.currency")}
            rules={[{ pattern: /^[A-Z]{3}$/, message: t("campaigns.currency_wrong") }]}
          >
            <Input maxLength={3} />
          </Form.Item>
        </Part>
        <Part title={t("campaigns.part_limits")}>
          <Form.Item name="starts_at" label={t("campaigns.begins")} extra={t("campaigns.by_hand_hint")}>
            <Input type="datetime-local" />
          </Form.Item>
          <Form.Item name="days" label={t("campaigns.days")} rules={required}>
            <InputNumber min={1} max={365} />
          </Form.Item>
          <Form.Item name="uses" label={t("campaigns.uses")}>
            <InputNumber min={1} placeholder={t("campaigns.unlimited")} />
          </Form.Item>
          <Form.Item name="uses_per_member" label={t("campaigns.uses_per_member")}>
            <InputNumber min={1} placeholder={t("campaigns.unlimited")} />
          </Form.Item>
          <Form.Item name="money" label={t("campaigns.money")}>
            <InputNumber min={0.01} precision={2} placeholder={t("campaigns.unlimited")} />
          </Form.Item>
        </Part>
        <Part title={t("campaigns.part_message")}>
          <Form.Item name="template" label={t("messages.template")}>
            <Select
              allowClear
              placeholder={t("campaigns.no_message")}
              options={codes.map((value) => ({ value, label: value }))}
            />
          </Form.Item>
          <Form.Item name="channels" label={t("messages.channel")} extra={t("campaigns.channels_hint")}>
            <Select mode="multiple" options={CHANNELS.map((value) => ({ value, label: word("channel", value) }))} />
          </Form.Item>
          <MessageValues />
        </Part>
        <Trouble error={save.error} />
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t("campaigns.save")}
        </Button>
        <p className="faint">{t("campaigns.then")}</p>
      </div>
    </Form>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <fieldset className="panel consents">
      <legend>{title}</legend>
      <div className="fields">{children}</div>
    </fieldset>
  );
}
