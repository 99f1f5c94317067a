/** Writes a message, in both languages side by side, each as a member would read it while it is written. */
import { useQuery } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

import { CHANNELS } from "@/shared/members/kinds";
import { templatesQuery } from "@/shared/messages/queries";
import { together, WRITTEN_IN } from "@/shared/messages/wording";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";
import { useWord } from "@/shared/useWord";

import { WordingForm } from "./WordingForm";

const CODE = /^[a-z0-9][a-z0-9-]{0,59}$/;

export default function TemplateEditPage() {
  const { t } = useTranslation();
  const word = useWord();
  const [{ code = "", channel: asked }, change] = useAddress();
  const channel = CHANNELS.find((one) => one === asked) ?? "sms";
  const templates = useQuery(templatesQuery);
  const wrong = code !== "" && !CODE.test(code);
  return (
    <Page title={t("templates.edit")} lead={t("templates.edit_lead")}>
      <div className="stack">
        <section className="panel fields">
          <Form.Item
            label={t("templates.code")}
            htmlFor="template-code"
            extra={wrong ? undefined : t("segments.code_hint")}
            layout="vertical"
            validateStatus={wrong ? "error" : ""}
            help={wrong ? t("segments.code_wrong") : undefined}
          >
            <Input
              id="template-code"
              maxLength={60}
              spellCheck={false}
              value={code}
              onChange={({ target }) => change({ code: target.value })}
            />
          </Form.Item>
          <Form.Item label={t("messages.channel")} htmlFor="template-channel" layout="vertical">
            <Select
              id="template-channel"
              value={channel}
              onChange={(value) => change({ channel: value })}
              options={CHANNELS.map((value) => ({ value, label: word("channel", value) }))}
            />
          </Form.Item>
        </section>
        {CODE.test(code) ? (
          <Loaded query={templates}>
            {({ items }) => {
              const known = together(items).find((one) => one.code === code && one.channel === channel);
              return (
                <div className="grid">
                  {WRITTEN_IN.map((language) => (
                    <WordingForm
                      key={`${code} ${channel} ${language}`}
                      code={code}
                      channel={channel}
                      language={language}
                      known={known?.written[language]}
                    />
                  ))}
                </div>
              );
            }}
          </Loaded>
        ) : (
          <p className="faint">{t("templates.name_first")}</p>
        )}
      </div>
    </Page>
  );
}
