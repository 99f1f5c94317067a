import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import type { components } from "@/api/generated/notifications";
import { useAction } from "@/api/queries";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { ConfirmButton } from "@/shared/ConfirmButton";
import { MemberName } from "@/shared/members/MemberName";
import type { Names } from "@/shared/members/useNames";
import { Trouble } from "@/shared/states/Trouble";
import { useWord } from "@/shared/useWord";

import { Phone } from "./Phone";

type Outcome = components["schemas"]["CallReport"]["outcome"];

const OUTCOMES: Outcome[] = ["done", "no_answer", "not_interested", "wrong_number"];
/** These close the channel as well, which takes asking her to undo. */
const FINAL: Outcome[] = ["not_interested", "wrong_number"];

interface Props {
  task: components["schemas"]["CallTask"];
  names: Names;
}

export function Task({ task, names }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { ago } = useFormat();
  const seesPhone = useMay("customers.phone.view");
  const record = useAction(
    (outcome: Outcome, header) =>
      answer(
        notifications.POST("/call-list/{task_id}/outcome", {
          params: { path: { task_id: task.task_id }, header },
          body: { outcome },
        }),
      ),
    { changes: ["messages"] },
  );
  return (
    <article className="panel stack">
      <div className="between">
        <h2>
          <MemberName id={task.customer_id} names={names} to={`/serve/${task.customer_id}`} />
        </h2>
        <span className="faint">{ago(task.added_at)}</span>
      </div>
      <p className="faint">
        {task.why}
        {task.calls > 0 ? ` · ${t("tasks.calls", { count: task.calls })}` : ""}
      </p>
      {seesPhone ? <Phone task={task} /> : null}
      {task.script ? <blockquote className="script">{task.script}</blockquote> : null}
      <Trouble error={record.error} />
      <div className="row">
        {OUTCOMES.map((outcome) =>
          FINAL.includes(outcome) ? (
            <ConfirmButton
              key={outcome}
              action={record}
              input={outcome}
              label={word("call_outcome", outcome)}
              title={word("call_outcome", outcome)}
            >
              {t(`tasks.${outcome}_means`)}
            </ConfirmButton>
          ) : (
            <Button
              key={outcome}
              type={outcome === "done" ? "primary" : "default"}
              disabled={record.isPending}
              onClick={() => record.mutate(outcome)}
            >
              {word("call_outcome", outcome)}
            </Button>
          ),
        )}
      </div>
    </article>
  );
}
