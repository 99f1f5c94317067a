/** What she agreed to, when, and to which words; taking it back is one button and is said to her in the same words. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import type { components } from "@/api/generated/customers";
import { useAction } from "@/api/queries";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { ConfirmButton } from "@/shared/ConfirmButton";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

type Change = components["schemas"]["ConsentChange"];
type Scope = components["schemas"]["ConsentScopeBody"];

export default function ConsentsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const path = { customer_id: id };
  const ledger = useQuery({
    queryKey: ["members", "consents", id],
    queryFn: () =>
      answer(customers.GET("/customers/{customer_id}/consents", { params: { path, query: { limit: 200 } } })),
  });
  return (
    <Loaded query={ledger} empty={({ items }) => items.length === 0 && t("consents.none")}>
      {({ items }) => <Ledger id={id} changes={items} />}
    </Loaded>
  );
}

function Ledger({ id, changes }: { id: string; changes: Change[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  const records = useMay("customers.consent.record");
  const withdraw = useAction(
    (body: Scope, header) =>
      answer(
        customers.POST("/customers/{customer_id}/consents/withdrawals", {
          params: { path: { customer_id: id }, header },
          body,
        }),
      ),
    { changes: ["members"] },
  );
  const named = ({ purpose, channel }: { purpose: string; channel?: string | null }) =>
    channel ? `${word("consent", purpose)} · ${word("channel", channel)}` : word("consent", purpose);
  const current = latest(changes);
  return (
    <ul className="plain lines">
      {changes.map((change) => (
        <li key={`${change.version} ${named(change)}`} className="between">
          <span>
            <span className={change.given ? "stage stage-active" : "stage"}>
              {change.given ? t("consents.given") : t("consents.withdrawn")}
            </span>{" "}
            {named(change)}
            <span className="faint block">
              {time(change.occurred_at)}
              {change.text_version ? ` · ${t("consents.text", { version: change.text_version })}` : ""}
            </span>
          </span>
          {records && change.given && current.has(change) ? (
            <ConfirmButton
              action={withdraw}
              input={{ purpose: change.purpose, channel: change.channel } as Scope}
              label={t("consents.withdraw")}
              title={t("consents.withdraw_title", { what: named(change) })}
            >
              {t("consents.withdraw_means")}
            </ConfirmButton>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** Of each purpose and channel, the change that holds now. */
function latest(changes: Change[]): Set<Change> {
  const held = new Map<string, Change>();
  for (const change of changes) {
    const scope = `${change.purpose} ${change.channel ?? ""}`;
    const known = held.get(scope);
    if (!known || known.occurred_at < change.occurred_at || known.version < change.version) held.set(scope, change);
  }
  return new Set(held.values());
}
