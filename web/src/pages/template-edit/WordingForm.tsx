import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import { useAction } from "@/api/queries";
import { useFormat } from "@/shared/format";
import { Rendered } from "@/shared/messages/Rendered";
import { examples, type Channel, type Language, type Template } from "@/shared/messages/wording";
import { Loaded } from "@/shared/states/Loaded";
import { Trouble } from "@/shared/states/Trouble";
import { useSettled } from "@/shared/useSettled";
import { useWord } from "@/shared/useWord";

interface Props {
  code: string;
  channel: Channel;
  language: Language;
  known: Template | undefined;
}

interface Entered {
  subject?: string;
  body?: string;
  html?: string;
}

const PAUSE_MS = 400;

/** One language's wording: saved by itself, since each is a template of its own. */
export function WordingForm({ code, channel, language, known }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  const [form] = Form.useForm<Entered>();
  const typed = Form.useWatch([], form) as Entered | undefined;
  const byMail = channel === "email";
  const save = useAction(
    ({ subject, body = "", html }: Entered, header) =>
      answer(
        notifications.POST("/templates", {
          body: {
            code,
            channel,
            language,
            subject: byMail ? (subject ?? null) : null,
            body,
            html: html || null,
          },
          params: { header },
        }),
      ),
    { changes: ["messages"] },
  );
  const required = [{ required: true, message: t("form.missing") }];
  return (
    <section className="panel stack">
      <div className="between">
        <h2>{word("language", language)}</h2>
        <span className="faint">{known?.saved_at ? time(known.saved_at) : known ? t("templates.built_in") : null}</span>
      </div>
      <Form<Entered>
        form={form}
        name={language}
        layout="vertical"
        requiredMark={false}
        initialValues={{ subject: known?.subject ?? "", body: known?.body ?? "", html: known?.html ?? "" }}
        onFinish={(entered) => save.mutate(entered)}
      >
        {byMail ? (
          <Form.Item name="subject" label={t("templates.subject")} rules={required}>
            <Input maxLength={200} lang={language} />
          </Form.Item>
        ) : null}
        <Form.Item name="body" label={t("templates.body")} extra={t("templates.body_hint")} rules={required}>
          <Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={20_000} lang={language} />
        </Form.Item>
        {known?.html ? (
          <Form.Item name="html" label={t("templates.html")} extra={t("templates.html_hint")}>
            <Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={20_000} spellCheck={false} />
          </Form.Item>
        ) : null}
        <div className="stack">
          <Draft code={code} channel={channel} language={language} typed={typed ?? {}} />
          <Trouble error={save.error} />
          <div className="row">
            <Button type="primary" htmlType="submit" loading={save.isPending}>
              {t("templates.save", { language: word("language", language) })}
            </Button>
            {save.isSuccess ? (
              <span role="status" className="good">
                {t("templates.kept", { version: save.data.version })}
              </span>
            ) : null}
          </div>
        </div>
      </Form>
    </section>
  );
}

function Draft({ code, channel, language, typed }: Omit<Props, "known"> & { typed: Entered }) {
  const { t } = useTranslation();
  const { subject = "", body = "" } = useSettled(typed, PAUSE_MS);
  const byMail = channel === "email";
  const preview = useQuery({
    queryKey: ["still", "draft", code, channel, language, subject, body],
    enabled: body !== "" && (!byMail || subject !== ""),
    placeholderData: keepPreviousData,
    gcTime: 0,
    queryFn: () =>
      answer(
        notifications.POST("/templates/preview", {
          body: {
            code,
            channel,
            language,
            draft: { subject: byMail ? subject : null, body },
            values: examples(language, subject, body),
          },
        }),
      ),
  });
  if (preview.isError) return <Trouble error={preview.error} />;
  if (!preview.data && !preview.isFetching) return <p className="faint">{t("templates.nothing_yet")}</p>;
  return (
    <div aria-live="polite" className="stack">
      <h3>{t("templates.preview")}</h3>
      <Loaded query={preview} rows={2}>
        {(shown) => <Rendered language={language} shown={shown} />}
      </Loaded>
    </div>
  );
}
