import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/notifications";

interface Props {
  language: string;
  shown: components["schemas"]["PreviewView"];
}

/** A message as a member reads it; what the sender fills in stands in brackets. */
export function Rendered({ language, shown: { subject, text, missing } }: Props) {
  const { t } = useTranslation();
  return (
    <div lang={language}>
      {subject ? <h3>{subject}</h3> : null}
      {text === null ? null : <blockquote className="script">{text}</blockquote>}
      {missing.length ? <p className="faint">{t("templates.missing", { values: missing.join(", ") })}</p> : null}
    </div>
  );
}
