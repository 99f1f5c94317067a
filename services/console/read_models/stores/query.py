"""Stores and what they sold."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from services.console.read_models.stores.view import Sold, StoreRow
from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.access.visibility import Visible

_SUMS = ("sales_minor", "receipts", "member_sales_minor", "member_receipts")
_SPANS = (
    "business_date = %(today)s",
    "business_date > %(today)s - 7 and business_date <= %(today)s",
    "business_date <= %(today)s - 7",
)
_FIGURES = ", ".join(
    f"coalesce(sum({column}) filter (where {span}), 0)::bigint as s{n}_{column}"
    for n, span in enumerate(_SPANS)
    for column in _SUMS
)
_NAMES = ", ".join(f"coalesce(d.s{n}_{column}, 0)" for n, _ in enumerate(_SPANS) for column in _SUMS)


def store_board(connection: Connection, stores: Visible, today: date) -> list[StoreRow]:
    """Each of the `stores` (a condition on `store_id`) with its last days, its members, its open complaints."""
    rows = fetch(
        connection,
        f"""
        with mine as (select store_id, region, currency, time_zone from store_registry where {stores.sql})
        select s.store_id, s.region, s.currency, s.time_zone, coalesce(m.members, 0), coalesce(m.new_members, 0),
               coalesce(c.complaints, 0), {_NAMES}
        from mine s
        left join (
          select store_id, currency, {_FIGURES} from store_days
          where business_date > %(today)s - 14 and business_date <= %(today)s group by store_id, currency
        ) d on d.store_id = s.store_id and d.currency = s.currency
        left join (
          select home_store, count(*) as members,
                 count(*) filter (where registered_on > %(today)s - 7 and registered_on <= %(today)s) as new_members
          from members where home_store in (select store_id from mine) group by home_store
        ) m on m.home_store = s.store_id
        left join (
          select store_id, count(*) as complaints from member_complaints
          where closed_at is null and opened_at is not null group by store_id
        ) c on c.store_id = s.store_id
        order by s.store_id
        """,
        {"today": today, **stores.parameters},
    )
    return [
        StoreRow(
            store_id=store_id,
            region=region,
            currency=currency,
            time_zone=time_zone,
            members=members,
            new_members=new_members,
            complaints_open=complaints,
            today=_sold(sums[:4]),
            week=_sold(sums[4:8]),
            week_before=_sold(sums[8:]),
        )
        for store_id, region, currency, time_zone, members, new_members, complaints, *sums in rows
    ]


def find_store(connection: Connection, store_id: str) -> tuple[str | None, str] | None:
    """A store's region and currency."""
    rows = fetch(
        connection, "select region, currency from store_registry where store_id = %(store)s", {"store": store_id}
    )
    return (rows[0][0], rows[0][1]) if rows else None


def stores_in(connection: Connection, stores: Visible) -> frozenset[str]:
    """The codes of `stores`."""
    rows = fetch(connection, f"select store_id from store_registry where {stores.sql}", stores.parameters)
    return frozenset(store_id for (store_id,) in rows)


def _sold(sums: list[int]) -> Sold:
    return Sold(**dict(zip(_SUMS, sums, strict=True)))
