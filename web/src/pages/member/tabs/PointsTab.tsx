/** Her balance, what of it expires when, and every posting that made it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, loyalty } from "@/api/client";
import type { components } from "@/api/generated/loyalty";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { MorePages } from "@/shared/list/MorePages";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

type Booking = components["schemas"]["Booking"];

export default function PointsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const path = { customer_id: id };
  const account = useQuery({
    queryKey: ["members", "account", id],
    queryFn: () => answer(loyalty.GET("/accounts/{customer_id}", { params: { path } })),
  });
  const statement = useInfiniteQuery({
    queryKey: ["members", "statement", id],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) =>
      answer(
        loyalty.GET("/accounts/{customer_id}/statement", { params: { path, query: { cursor: pageParam, limit: 30 } } }),
      ),
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });
  return (
    <div className="grid">
      <section>
        <h2>{t("points.balance")}</h2>
        <Loaded query={account}>{(found) => <Balance account={found} />}</Loaded>
      </section>
      <section>
        <h2>{t("points.entries")}</h2>
        <MorePages query={statement} empty={t("points.none")}>
          {(items: Booking[]) => <Bookings items={items} />}
        </MorePages>
      </section>
    </div>
  );
}

function Balance({ account }: { account: components["schemas"]["AccountWithLots"] }) {
  const { t } = useTranslation();
  const { day, number } = useFormat();
  const parts = ["available", "reserved", "debt", "earned_total", "redeemed_total", "expired_total"] as const;
  return (
    <>
      <dl className="facts">
        {parts.map((part) => (
          <div key={part} className="contents">
            <dt>{t(`points.${part}`)}</dt>
            <dd>{number(account[part])}</dd>
          </div>
        ))}
      </dl>
      {account.lots.length ? (
        <ul className="plain lines spaced">
          {account.lots.map((lot) => (
            <li key={lot.expires_on} className="between">
              <span>{t("points.expires", { day: day(lot.expires_on) })}</span>
              <span>{number(lot.points)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Bookings({ items }: { items: Booking[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const { number, time } = useFormat();
  return (
    <DataTable
      label={t("points.entries")}
      rows={items}
      rowKey={({ version }) => String(version)}
      columns={[
        { title: t("points.when"), render: ({ occurred_at }) => time(occurred_at) },
        {
          title: t("points.what"),
          render: ({ kind, receipt_id }) =>
            receipt_id ? <Link to={`/receipts/${receipt_id}`}>{word("booking", kind)}</Link> : word("booking", kind),
        },
        { title: t("member.points"), number: true, render: ({ points = 0 }) => number(points) },
      ]}
    />
  );
}
