"""The figures of the first page: sales from days, members' from their rows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from services.console.read_models.overview.view import (
    ClassCount,
    GridCell,
    MoveCount,
    OverviewView,
    SalesDay,
    StageCount,
)
from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.console.read_models.members.query import Asked
    from shared.access.visibility import Visible


def overview(connection: Connection, asked: Asked, stores: Visible, from_date: date, to_date: date) -> OverviewView:
    """Of the members that are `asked` for, and of the `stores` (a condition on `store_id`)."""
    span = {"from_date": from_date, "to_date": to_date}
    figures = _of_members(connection, asked, span)
    return OverviewView(
        from_date=from_date,
        to_date=to_date,
        store=asked.filter.store,
        days=sales_days(connection, stores, from_date, to_date, store=asked.filter.store),
        moves=_moves(connection, asked, span),
        **figures,
    )


def sales_days(
    connection: Connection, stores: Visible, from_date: date, to_date: date, *, store: str | None = None
) -> list[SalesDay]:
    """Each date's sales in `stores`, or in one `store` of them."""
    rows = fetch(
        connection,
        f"""
        select business_date, currency, sum(sales_minor)::bigint, sum(receipts)::bigint,
               sum(member_sales_minor)::bigint, sum(member_receipts)::bigint
        from store_days
        where business_date between %(from_date)s and %(to_date)s and {stores.sql}
          and (%(store)s::text is null or store_id = %(store)s::text)
        group by business_date, currency order by business_date, currency
        """,
        {"from_date": from_date, "to_date": to_date, "store": store, **stores.parameters},
    )
    names = tuple(SalesDay.model_fields)
    return [SalesDay(**dict(zip(names, row, strict=True))) for row in rows]


def _of_members(connection: Connection, asked: Asked, span: dict[str, date]) -> dict[str, Any]:
    # One pass over the members, however many ways they are counted.
    rows = fetch(
        connection,
        f"""
        select grouping(m.lifecycle, m.rfm_class, m.r), m.lifecycle, m.rfm_class, m.r, m.f, count(*),
               count(*) filter (where m.registered_on between %(from_date)s and %(to_date)s),
               coalesce(sum(greatest(m.points, 0)), 0)::bigint
        from members m where {asked.where}
        group by grouping sets ((m.lifecycle), (m.rfm_class), (m.r, m.f), ())
        order by 1, m.lifecycle, m.rfm_class, m.r, m.f
        """,
        asked.parameters | span,
    )
    stages, classes, cells, everybody = (
        [row[1:] for row in rows if row[0] == by] for by in (0b011, 0b101, 0b110, 0b111)
    )
    ((*_, members, new_members, points),) = everybody
    return {
        "members": members,
        "new_members": new_members,
        "points_outstanding": points,
        "lifecycle": [StageCount(stage=stage, members=n) for stage, _, _, _, n, *_ in stages if stage],
        "classes": [ClassCount(rfm_class=class_, members=n) for _, class_, _, _, n, *_ in classes if class_],
        "grid": [GridCell(r=r, f=f, members=n) for _, _, r, f, n, *_ in cells if r and f],
    }


def _moves(connection: Connection, asked: Asked, span: dict[str, date]) -> list[MoveCount]:
    # What she entered and left again on one date is no move: of each stage counts what is left of both.
    rows = fetch(
        connection,
        f"""
        with net as (
          select l.customer_id, l.moved_on, l.stage, sum(case when l.inside then 1 else -1 end) as n
          from lifecycle_moves l join members m on m.customer_id = l.customer_id
          where l.moved_on between %(from_date)s and %(to_date)s and {asked.where}
          group by l.customer_id, l.moved_on, l.stage)
        select e.moved_on, o.stage, e.stage, count(*)
        from net e left join net o on o.customer_id = e.customer_id and o.moved_on = e.moved_on and o.n < 0
        where e.n > 0 group by 1, 2, 3 order by 1, 2 nulls first, 3
        """,
        asked.parameters | span,
    )
    return [
        MoveCount(business_date=day, from_stage=left, to_stage=entered, members=n) for day, left, entered, n in rows
    ]
