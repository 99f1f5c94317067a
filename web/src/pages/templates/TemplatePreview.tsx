import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import { Rendered } from "@/shared/messages/Rendered";
import { examples, valuesNamed, WRITTEN_IN, type Template, type Wordings } from "@/shared/messages/wording";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

interface Props {
  wordings: Wordings;
  close: () => void;
}

/** What a member would read, in each language; what the sender has to fill in is named. */
export function TemplatePreview({ wordings: { code, channel, written }, close }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const values = valuesNamed(...Object.values(written).flatMap(({ subject, body }) => [subject, body]));
  return (
    <section className="panel stack template-preview" aria-label={t("templates.preview")}>
      <div className="between">
        <h2>{`${code} · ${word("channel", channel)}`}</h2>
        <Button onClick={close}>{t("action.close")}</Button>
      </div>
      <div className="grid">
        {WRITTEN_IN.map((language) => {
          const template = written[language];
          return (
            <div key={language} className="stack">
              <h3>{word("language", language)}</h3>
              {template ? <Shown template={template} /> : <p className="faint">{t("templates.not_written")}</p>}
            </div>
          );
        })}
      </div>
      {values.length ? <p className="faint">{t("templates.missing", { values: values.join(", ") })}</p> : null}
    </section>
  );
}

function Shown({ template: { code, channel, language, subject, body } }: { template: Template }) {
  const preview = useQuery({
    queryKey: ["messages", "preview", code, channel, language, body],
    queryFn: () =>
      answer(
        notifications.POST("/templates/preview", {
          body: { code, channel, language, values: examples(language, subject, body) },
        }),
      ),
  });
  return <Loaded query={preview}>{(shown) => <Rendered language={language} shown={shown} />}</Loaded>;
}
