/** What a form says when its action was refused: in one line, above the button that was pressed. */
import { Alert } from "antd";
import { useTranslation } from "react-i18next";

import { Problem } from "@/api/problem";

import { kindOf } from "./kinds";

export function Trouble({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!error) return null;
  const problem = error instanceof Problem ? error : null;
  const said = problem?.detail ?? t(`problem.${kindOf(error)}.way`);
  const known = t(`refusal.${problem?.code ?? "none"}`, { defaultValue: said || t(`problem.${kindOf(error)}.way`) });
  const fields = problem?.errors
    .map(({ field, pointer, problem: what }) => `${field ?? pointer ?? ""}: ${what}`)
    .join(" · ");
  return <Alert type="error" showIcon title={known} description={fields || undefined} role="alert" />;
}
