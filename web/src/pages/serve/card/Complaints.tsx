import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import { useWord } from "@/shared/useWord";

/** Above everything else: whoever serves her must know of it before she speaks. */
export function Complaints({ complaints }: { complaints: components["schemas"]["ComplaintView"][] }) {
  const { t } = useTranslation();
  const word = useWord();
  const { ago, time } = useFormat();
  const [first] = complaints;
  if (!first) return null;
  return (
    <div role="alert" className="alarm">
      <strong>{t("serve.complaint", { category: word("complaint", first.category), count: complaints.length })}</strong>{" "}
      {t("serve.complaint_due", { opened: time(first.opened_at), due: ago(first.due_at) })}
    </div>
  );
}
