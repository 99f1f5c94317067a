/** One person: what is kept of her, and the ways to show, explain and erase it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, customers, loyalty, notifications } from "@/api/client";
import { profileQuery } from "@/shared/members/queries";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { useMessageColumns } from "@/shared/messages/columns";
import { Reveal } from "@/shared/members/Reveal";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

import { Erase } from "./Erase";

export function Subject({ id }: { id: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const { day, number } = useFormat();
  const path = { customer_id: id };
  const state = useQuery({
    queryKey: ["members", "state", id],
    queryFn: () => answer(customers.GET("/customers/{customer_id}", { params: { path } })),
  });
  const profile = useQuery({ ...profileQuery(id), enabled: state.data?.erased === false });
  const account = useQuery({
    queryKey: ["members", "account", id],
    queryFn: () => answer(loyalty.GET("/accounts/{customer_id}", { params: { path } })),
  });
  return (
    <Loaded query={state}>
      {(found) =>
        found.erased ? (
          <p className="panel" role="status">
            {t("privacy.erased", { id })}
          </p>
        ) : (
          <div className="stack">
            <section className="panel stack">
              <div className="between">
                <h2>{profile.data?.name ?? t("member.nameless")}</h2>
                <div className="row">
                  <Reveal id={id} />
                  <Erase
                    id={id}
                    identifiers={found.identifier_kinds.length}
                    consents={found.consents.length}
                    points={account.data?.available ?? 0}
                  />
                </div>
              </div>
              <dl className="facts">
                <dt>{t("privacy.since")}</dt>
                <dd>{day(found.registered_on)}</dd>
                <dt>{t("privacy.identifiers")}</dt>
                <dd>{found.identifier_kinds.map((kind) => word("identifier", kind)).join(", ") || "—"}</dd>
                <dt>{t("member.points")}</dt>
                <dd>{account.data ? number(account.data.available) : "—"}</dd>
                <dt>{t("privacy.consents")}</dt>
                <dd>
                  {found.consents
                    .map(
                      ({ purpose, channel }) =>
                        `${word("consent", purpose)}${channel ? ` (${word("channel", channel)})` : ""}`,
                    )
                    .join(", ") || "—"}
                </dd>
              </dl>
              <div className="row">
                <Link to={`/members/${id}?tab=consents`}>{t("privacy.ledger")}</Link>
                <Link to={`/members/${id}?tab=timeline`}>{t("privacy.timeline")}</Link>
              </div>
            </section>
            <WhyThis id={id} />
          </div>
        )
      }
    </Loaded>
  );
}

function WhyThis({ id }: { id: string }) {
  const { t } = useTranslation();
  const columns = useMessageColumns();
  const messages = useQuery({
    queryKey: ["messages", "of", id, "latest"],
    queryFn: () => answer(notifications.GET("/messages", { params: { query: { customer_id: id, limit: 20 } } })),
  });
  return (
    <section>
      <h2>{t("privacy.why")}</h2>
      <Loaded query={messages} empty={({ items }) => items.length === 0 && t("messages.none")}>
        {({ items }) => (
          <DataTable label={t("privacy.why")} rows={items} columns={columns} rowKey={({ message_id }) => message_id} />
        )}
      </Loaded>
    </section>
  );
}
