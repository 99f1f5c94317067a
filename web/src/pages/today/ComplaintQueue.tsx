import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import { MemberName } from "@/shared/members/MemberName";
import type { Names } from "@/shared/members/useNames";
import { businessNow } from "@/shared/now";
import { useWord } from "@/shared/useWord";

type Complaint = components["schemas"]["ComplaintView"];

const HOUR_MS = 3_600_000;

/** By the time that is left; colours repeat what the words say. */
export function ComplaintQueue({ complaints, names }: { complaints: Complaint[]; names: Names }) {
  const { t } = useTranslation();
  const word = useWord();
  const { ago } = useFormat();
  return (
    <section className="panel">
      <h2>{t("today.queue")}</h2>
      {complaints.length === 0 ? <p className="faint">{t("today.no_complaints")}</p> : null}
      <ul className="plain lines">
        {complaints.map((complaint) => (
          <li key={complaint.complaint_id} className="between">
            <span>
              <MemberName
                id={complaint.customer_id}
                names={names}
                to={`/members/${complaint.customer_id}?tab=complaints`}
              />
              <span className="faint block">{word("complaint", complaint.category)}</span>
            </span>
            <span className={`stage ${urgency(complaint.due_at)}`}>
              {t("today.due", { when: ago(complaint.due_at) })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function urgency(due: string): string {
  const left = new Date(due).getTime() - businessNow();
  if (left < 0) return "due-over";
  return left < 8 * HOUR_MS ? "due-soon" : "due-later";
}
