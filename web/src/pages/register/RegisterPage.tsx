/** A new member in twenty seconds: a phone number or card, a name, and each consent for itself. */
import { Button, Checkbox, Form, Input, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, customers } from "@/api/client";
import { useAction } from "@/api/queries";
import { useMe } from "@/app/me";
import { useLanguage } from "@/i18n/useLanguage";
import { newId } from "@/shared/ids";
import { untilKnown } from "@/shared/members/queries";
import { Page } from "@/shared/Page";
import { Trouble } from "@/shared/states/Trouble";

import { CONSENTS } from "./consents";
import { isFindable, newMember, type Entered } from "./newMember";

export default function RegisterPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const me = useMe();
  const language = useLanguage();
  const [form] = Form.useForm<Entered>();
  const [id] = useState(newId);
  const register = useAction(
    async (entered: Entered, header) => {
      const made = await answer(customers.POST("/customers", { body: newMember(entered, id), params: { header } }));
      await untilKnown(made.customer_id);
      return made;
    },
    { changes: ["members"], done: ({ customer_id }) => void navigate(`/serve/${customer_id}`, { replace: true }) },
  );
  const mine = me.stores ?? [];
  const findable = {
    validator: () =>
      isFindable(form.getFieldsValue()) ? Promise.resolve() : Promise.reject(new Error(t("register.unfindable"))),
  };
  return (
    <Page title={t("register.title")} lead={t("register.lead")}>
      <Form<Entered>
        form={form}
        layout="vertical"
        className="narrow"
        requiredMark={false}
        initialValues={{ language, consents: [], home_store: mine[0] }}
        onFinish={(entered) => register.mutate(entered)}
      >
        <div className="panel fields">
          <Form.Item name="phone" label={t("register.phone")} rules={[findable]}>
            <Input size="large" autoFocus type="tel" inputMode="tel" maxLength={32} autoComplete="off" />
          </Form.Item>
          <Form.Item name="card" label={t("register.card")}>
            <Input size="large" maxLength={64} autoComplete="off" />
          </Form.Item>
          <Form.Item name="name" label={t("register.name")}>
            <Input size="large" maxLength={200} autoComplete="off" />
          </Form.Item>
        </div>
        <fieldset className="panel consents">
          <legend>{t("register.consents")}</legend>
          <p className="faint">{t("register.consents_lead")}</p>
          <Form.Item name="consents" noStyle>
            <Checkbox.Group options={CONSENTS.map(({ key }) => ({ value: key, label: t(`consent_text.${key}`) }))} />
          </Form.Item>
        </fieldset>
        <details className="panel spaced">
          <summary>{t("register.more")}</summary>
          <div className="fields spaced">
            <Form.Item name="birthday" label={t("register.birthday")}>
              <Input size="large" type="date" />
            </Form.Item>
            <Form.Item name="email" label={t("register.email")}>
              <Input size="large" type="email" maxLength={254} autoComplete="off" />
            </Form.Item>
            {mine.length === 1 ? (
              <Form.Item name="home_store" hidden>
                <Input />
              </Form.Item>
            ) : (
              <Form.Item name="home_store" label={t("register.store")}>
                {mine.length ? (
                  <Select size="large" options={mine.map((value) => ({ value, label: value }))} />
                ) : (
                  <Input size="large" />
                )}
              </Form.Item>
            )}
            <Form.Item name="language" label={t("register.language")}>
              <Segmented
                size="large"
                options={[
                  { value: "zh-CN", label: "中文" },
                  { value: "en", label: "English" },
                ]}
              />
            </Form.Item>
            <Form.Item name="lunar" valuePropName="checked" label={t("register.calendar")}>
              <Checkbox>{t("register.lunar")}</Checkbox>
            </Form.Item>
          </div>
        </details>
        <div className="stack spaced">
          <Trouble error={register.error} />
          <Button type="primary" size="large" htmlType="submit" block loading={register.isPending}>
            {t("register.go")}
          </Button>
        </div>
      </Form>
    </Page>
  );
}
