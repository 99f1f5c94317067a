/** What happened to her, newest first: each line is an event, and leads to what it is about. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, customers } from "@/api/client";
import type { components } from "@/api/generated/customers";
import { may, useMe } from "@/app/me";
import { useTold } from "@/i18n/useLanguage";
import { useFormat } from "@/shared/format";
import { MorePages } from "@/shared/list/MorePages";
import { useSegmentNames } from "@/shared/segments/useSegmentNames";
import { useWord } from "@/shared/useWord";

import { behind } from "./behind";

type Item = components["schemas"]["TimelineItem"];

export default function TimelineTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ["members", "timeline", id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(
        customers.GET("/customers/{customer_id}/timeline", {
          params: { path: { customer_id: id }, query: { cursor: pageParam, limit: 30 } },
        }),
      ),
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });
  return (
    <MorePages query={query} empty={t("member.timeline_empty")}>
      {(items: Item[]) => (
        <ol className="plain lines">
          {items.map((item) => (
            <li key={item.event_id}>
              <Happening item={item} />
            </li>
          ))}
        </ol>
      )}
    </MorePages>
  );
}

function Happening({ item }: { item: Item }) {
  const { t } = useTranslation();
  const told = useTold();
  const me = useMe();
  const { money, number, time } = useFormat();
  const to = behind(item, (permission) => may(me, permission));
  return (
    <div className="happening">
      <div className="between">
        <span>
          {to ? <Link to={to}>{told(item.title)}</Link> : told(item.title)}
          {item.store_id ? <span className="faint"> · {t("member.store", { store: item.store_id })}</span> : null}
        </span>
        <span className="number">
          {item.amount_minor === null ? "" : money(item.amount_minor, item.currency)}
          {item.points === null ? "" : ` ${t("member.points_moved", { points: signed(item.points, number) })}`}
        </span>
      </div>
      {item.details ? <Details details={item.details} /> : null}
      <time className="faint" dateTime={item.occurred_at}>
        {time(item.occurred_at)}
      </time>
    </div>
  );
}

const signed = (points: number, number: (value: number) => string) => `${points > 0 ? "+" : ""}${number(points)}`;

/** By which list of words each detail is named; what is not here is for machines. */
const WORDS: Record<string, string> = {
  rule: "rule",
  channel: "channel",
  purpose: "consent",
  category: "complaint",
  outcome: "complaint_outcome",
  identifier: "identifier",
  arm: "arm",
};

function Details({ details }: { details: Record<string, string | null> }) {
  const word = useWord();
  const named = useSegmentNames();
  const said = Object.entries(details).flatMap(([kind, value]) => {
    if (kind === "segment" && value) return [named(value)];
    const words = WORDS[kind];
    return words && value ? [word(words, value)] : [];
  });
  return said.length ? <span className="faint">{said.join(" · ")} · </span> : null;
}
