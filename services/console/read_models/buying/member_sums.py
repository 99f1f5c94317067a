"""Receipts to members' sums: new ones are added, and where one changed all of hers are summed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.console.read_models.buying.table import MEMBER_BUYING, RECEIPTS
from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from sqlalchemy import Connection

    from services.console.read_models.buying.heard import Receipt


class _Bought:
    """What a batch adds to one member's sums."""

    __slots__ = ("currency", "last", "spend_minor", "visits")

    def __init__(self, first: Receipt) -> None:
        self.last = (first.business_date, first.store_id)
        self.visits = 0
        self.spend_minor = 0
        self.currency: str | None = first.currency

    def add(self, receipt: Receipt) -> None:
        self.visits += 1
        self.spend_minor += receipt.net_minor
        self.last = max(self.last, (receipt.business_date, receipt.store_id))
        if receipt.currency != self.currency:
            self.currency = None


def add_to_members(connection: Connection, table: str, added: Iterable[Receipt]) -> None:
    """Adds receipts that are new and count."""
    sums: dict[UUID, _Bought] = {}
    for receipt in added:
        if receipt.customer_id is not None:
            sums.setdefault(receipt.customer_id, _Bought(receipt)).add(receipt)
    if not sums:
        return
    members = sorted(sums, key=lambda customer_id: customer_id.int)
    bought = [sums[customer_id] for customer_id in members]
    run(
        connection,
        f"""
        insert into {table} as b (customer_id, last_purchase, last_store, visits, spend_minor, currency)
        select * from unnest(%(customers)b::uuid[], %(dates)b::date[], %(stores)b::text[], %(visits)b::bigint[],
                             %(amounts)b::bigint[], %(currencies)b::text[])
        on conflict (customer_id) do update
          set last_purchase = greatest(b.last_purchase, excluded.last_purchase),
              last_store = case when (b.last_purchase, b.last_store) > (excluded.last_purchase, excluded.last_store)
                                then b.last_store else excluded.last_store end,
              visits = b.visits + excluded.visits, spend_minor = b.spend_minor + excluded.spend_minor,
              currency = case when b.visits = 0 or b.currency = excluded.currency then excluded.currency end
        """,
        {
            "customers": members,
            "dates": [total.last[0] for total in bought],
            "stores": [total.last[1] for total in bought],
            "visits": [total.visits for total in bought],
            "amounts": [total.spend_minor for total in bought],
            "currencies": [total.currency for total in bought],
        },
    )


def sum_again(connection: Connection, tables: Mapping[str, str], members: Collection[UUID]) -> None:
    """Makes the sums of `members` from their receipts; whoever has none that counts has no row."""
    table, these = tables[MEMBER_BUYING.name], {"members": sorted(members, key=lambda customer_id: customer_id.int)}
    # A row for each, if only of zeros: its lock is the member's. Whoever adds to her meanwhile has ended by the next
    # statement, which then sees what was added.
    run(
        connection,
        f"""
        insert into {table} as b (customer_id, visits, spend_minor) select unnest(%(members)b::uuid[]), 0, 0
        on conflict (customer_id) do update set visits = b.visits
        """,
        these,
    )
    run(
        connection,
        f"""
        update {table} b
        set (last_purchase, last_store, visits, spend_minor, currency) = row (
          s.last_purchase, s.last_store, s.visits, s.spend_minor, s.currency)
        from (
          select m.customer_id, max(r.business_date) as last_purchase,
                 (array_agg(r.store_id order by r.business_date desc, r.store_id desc))[1] as last_store,
                 count(r.receipt_id) as visits, coalesce(sum(r.net_minor), 0) as spend_minor,
                 case when min(r.currency) = max(r.currency) then min(r.currency) end as currency
          from unnest(%(members)b::uuid[]) as m(customer_id)
          left join {tables[RECEIPTS.name]} r on r.customer_id = m.customer_id and r.counted
          group by m.customer_id
        ) s where b.customer_id = s.customer_id
        """,
        these,
    )
    run(
        connection,
        f"delete from {table} where visits = 0 and customer_id in (select unnest(%(members)b::uuid[]))",
        these,
    )
