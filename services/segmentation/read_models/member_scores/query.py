"""Questions about scores: one member's, all members', the cells, and the cuts behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.segmentation.read_models.member_scores.view import (
    CellsView,
    CellView,
    CutsView,
    MemberScoresPage,
    MemberScoreView,
)
from shared.access.visibility import EVERYBODY
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.access.visibility import Visible

_SCORES = """
select customer_id, as_of, as_of - recency_days as last_business_date, recency_days, receipts, sales_minor, r, f, m
from member_scores
"""


def member_score(connection: Connection, customer_id: UUID) -> MemberScoreView | None:
    """A member's scores by the newest sweep, or None if she has none."""
    rows = fetch(connection, f"{_SCORES} where customer_id = %(customer)s", {"customer": customer_id})
    return next(_views(rows), None)


def member_scores(connection: Connection, seen: Visible, *, after: UUID | None, limit: int) -> MemberScoresPage:
    """One page of the members `seen` who have scores, those behind `after`."""
    rows = fetch(
        connection,
        f"{_SCORES} where (%(after)s::uuid is null or customer_id > %(after)s::uuid) and {seen.sql}"
        " order by customer_id limit %(limit)s",
        {"after": after, "limit": limit + 1, **seen.parameters},
    )
    items = list(_views(rows[:limit]))
    return MemberScoresPage(items=items, next_cursor=items[-1].customer_id if len(rows) > limit else None)


def cells(connection: Connection, seen: Visible) -> CellsView | None:
    """The cell table of the newest sweep, of the members `seen`; None before the first."""
    newest = cuts(connection, seen)
    if newest is None:
        return None
    rows = fetch(
        connection,
        "select r, f, m, count(*), sum(sales_minor)::bigint from member_scores"
        f" where {seen.sql} group by r, f, m order by r, f, m",
        seen.parameters,
    )
    found = [CellView(r=r, f=f, m=m, members=members, sales_minor=sales) for r, f, m, members, sales in rows]
    return CellsView(
        as_of=newest.as_of,
        members=sum(cell.members for cell in found),
        filled=len(found),
        cells=found,
    )


def cuts(connection: Connection, seen: Visible) -> CutsView | None:
    """The cuts that scores are given by, with how many of the members `seen` have any; None before the first sweep."""
    population = "population" if seen == EVERYBODY else f"(select count(*) from member_scores where {seen.sql})"
    rows = fetch(
        connection,
        f"select sweep, as_of, swept_at, {population}, recency, frequency, money from score_cuts"
        " order by sweep desc limit 1",
        seen.parameters,
    )
    if not rows:
        return None
    sweep, as_of, swept_at, population, recency, frequency, money = rows[0]
    return CutsView(
        sweep=sweep,
        as_of=as_of,
        swept_at=swept_at,
        population=population,
        recency_days=recency,
        receipts=frequency,
        sales_minor=money,
    )


def _views(rows: Iterable[tuple[Any, ...]]) -> Iterator[MemberScoreView]:
    names = tuple(MemberScoreView.model_fields)
    return (MemberScoreView(**dict(zip(names, row, strict=True))) for row in rows)
