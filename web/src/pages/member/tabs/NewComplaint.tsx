import { Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import type { components } from "@/api/generated/customers";
import { useAction } from "@/api/queries";
import { useMe } from "@/app/me";
import { newId } from "@/shared/ids";
import { Trouble } from "@/shared/states/Trouble";
import { useWord } from "@/shared/useWord";

type Body = components["schemas"]["NewComplaint"];

const CATEGORIES: Body["category"][] = ["product", "service", "price", "delivery", "points", "privacy", "other"];

export function NewComplaint({ id }: { id: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const { stores } = useMe();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Pick<Body, "category" | "text">>();
  const [complaint, setComplaint] = useState(newId);
  const record = useAction(
    (body: Body, header) =>
      answer(
        customers.POST("/customers/{customer_id}/complaints", { params: { path: { customer_id: id }, header }, body }),
      ),
    {
      changes: ["members"],
      done: () => {
        setOpen(false);
        setComplaint(newId());
        form.resetFields();
      },
    },
  );
  if (!open) return <Button onClick={() => setOpen(true)}>{t("complaints.new")}</Button>;
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ category: "service" }}
      onFinish={({ category, text }) =>
        record.mutate({ complaint_id: complaint, category, text, store: stores?.[0] ?? null })
      }
    >
      <Form.Item name="category" label={t("complaints.category")}>
        <Select options={CATEGORIES.map((value) => ({ value, label: word("complaint", value) }))} />
      </Form.Item>
      <Form.Item
        name="text"
        label={t("complaints.text")}
        rules={[{ required: true, message: t("complaints.text_missing") }]}
      >
        <Input.TextArea rows={3} maxLength={4000} autoFocus />
      </Form.Item>
      <div className="stack">
        <Trouble error={record.error} />
        <div className="row">
          <Button type="primary" htmlType="submit" loading={record.isPending}>
            {t("complaints.record")}
          </Button>
          <Button onClick={() => setOpen(false)}>{t("action.cancel")}</Button>
        </div>
      </div>
    </Form>
  );
}
