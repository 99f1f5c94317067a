/** A field for everything that the chosen template leaves to the author: without it no message would go out. */
import { useQueries } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import type { Key } from "@/api/queries";
import { LANGUAGES } from "@/i18n";

import type { Entered } from "./draft";

export function MessageValues() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Entered>();
  const code = Form.useWatch("template", form);
  const channels = Form.useWatch("channels", form) as Entered["channels"] | undefined;
  // Each channel and language has its own wording, and may ask for more than the others.
  const wordings = (code ? (channels ?? []) : []).flatMap((channel) =>
    LANGUAGES.map((language) => ({ code: code ?? "", channel, language })),
  );
  const missing = useQueries({
    queries: wordings.map((wording) => ({
      queryKey: ["messages", "preview", wording.code, wording.channel, wording.language] satisfies Key,
      queryFn: () => answer(notifications.POST("/templates/preview", { body: { ...wording, values: {} } })),
    })),
    combine: (previews) => [...new Set(previews.flatMap(({ data }) => data?.missing ?? []))].sort(),
  });
  return missing.map((value) => (
    <Form.Item
      key={value}
      name={["values", value]}
      label={t("campaigns.value_of", { value })}
      rules={[{ required: true, message: t("form.missing") }]}
    >
      <Input maxLength={500} />
    </Form.Item>
  ));
}
