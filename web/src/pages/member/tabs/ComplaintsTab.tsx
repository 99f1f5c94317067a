import { useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import type { components } from "@/api/generated/customers";
import { useAction } from "@/api/queries";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { Loaded } from "@/shared/states/Loaded";
import { Trouble } from "@/shared/states/Trouble";
import { useWord } from "@/shared/useWord";

import { NewComplaint } from "./NewComplaint";

type Entry = components["schemas"]["ComplaintEntry"];
type Outcome = components["schemas"]["Closing"]["outcome"];

const OUTCOMES: Outcome[] = ["resolved", "refunded", "replaced", "compensated", "unfounded", "withdrawn"];

export default function ComplaintsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const records = useMay("customers.complaints.record");
  const complaints = useQuery({
    queryKey: ["members", "complaints", id],
    queryFn: () =>
      answer(customers.GET("/customers/{customer_id}/complaints", { params: { path: { customer_id: id } } })),
  });
  return (
    <div className="stack">
      {records ? <NewComplaint id={id} /> : null}
      <Loaded query={complaints} empty={({ items }) => items.length === 0 && t("complaints.none")}>
        {({ items }) => (
          <ul className="plain lines">
            {items.map((entry) => (
              <Complaint key={entry.complaint_id} id={id} entry={entry} closes={records} />
            ))}
          </ul>
        )}
      </Loaded>
    </div>
  );
}

function Complaint({ id, entry, closes }: { id: string; entry: Entry; closes: boolean }) {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  const reads = useMay("customers.complaint_texts.read");
  const [outcome, setOutcome] = useState<Outcome>("resolved");
  const path = { customer_id: id, complaint_id: entry.complaint_id };
  const text = useAction(
    () => answer(customers.GET("/customers/{customer_id}/complaints/{complaint_id}", { params: { path } })),
    { changes: [] },
  );
  const close = useAction(
    (wanted: Outcome, header) =>
      answer(
        customers.POST("/customers/{customer_id}/complaints/{complaint_id}/closing", {
          params: { path, header },
          body: { outcome: wanted },
        }),
      ),
    { changes: ["members"] },
  );
  return (
    <li className="stack">
      <div className="between">
        <span>
          <span className={entry.closed_at ? "stage" : "stage due-over"}>
            {entry.closed_at ? word("complaint_outcome", entry.outcome) : t("complaints.open")}
          </span>{" "}
          {word("complaint", entry.category)}
          <span className="faint block">{time(entry.opened_at)}</span>
        </span>
        {reads && !text.data ? (
          <Button loading={text.isPending} onClick={() => text.mutate()}>
            {t("complaints.read")}
          </Button>
        ) : null}
      </div>
      {text.data ? <blockquote className="script">{text.data.text}</blockquote> : null}
      <Trouble error={text.error ?? close.error} />
      {closes && !entry.closed_at ? (
        <div className="row">
          <Select
            aria-label={t("complaints.outcome")}
            value={outcome}
            onChange={setOutcome}
            options={OUTCOMES.map((value) => ({ value, label: word("complaint_outcome", value) }))}
          />
          <Button type="primary" loading={close.isPending} onClick={() => close.mutate(outcome)}>
            {t("complaints.close")}
          </Button>
        </div>
      ) : null}
    </li>
  );
}
