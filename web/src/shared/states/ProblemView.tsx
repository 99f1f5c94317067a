/** The one way to show that something did not work: what, why, and what to do now. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { Problem } from "@/api/problem";

import { kindOf } from "./kinds";

interface Props {
  error: unknown;
  retry?: () => void;
}

export function ProblemView({ error, retry }: Props) {
  const { t } = useTranslation();
  const kind = kindOf(error);
  const problem = error instanceof Problem ? error : null;
  return (
    <div role="alert" className="panel problem">
      <h2>{t(`problem.${kind}.title`)}</h2>
      <p>{t(`problem.${kind}.way`)}</p>
      {problem?.detail && kind !== "missing" ? <p className="faint">{problem.detail}</p> : null}
      {problem?.correlationId ? <p className="faint">{t("problem.reference", { id: problem.correlationId })}</p> : null}
      {retry && kind !== "forbidden" ? <Button onClick={retry}>{t("action.retry")}</Button> : null}
    </div>
  );
}
