"""Reads the sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Numeric, Select, cast, func, select, tuple_

from services.stores.read_models.reach import within
from services.stores.read_models.sales.table import SALES_BY_DAY, STORE_DAYS
from services.stores.read_models.sales.view import CurrencyTotals, GroupBy, SalesPage, SalesRow, Totals
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Table

    from services.stores.read_models.reach import Reach

_AMOUNTS = ("lines", "sales_minor", "returned_minor", "voided_minor")


@dataclass(frozen=True, slots=True)
class SalesQuery:
    """What to sum: None leaves a side open; both days are included."""

    group_by: GroupBy
    reach: Reach
    """Whose stores count, whatever is asked for."""
    store: str | None = None
    since: date | None = None
    until: date | None = None


def page(connection: Connection, query: SalesQuery, *, cursor: str | None, limit: int) -> SalesPage:
    """`limit` sums in order of the group and currency. Raises `InvalidInput` for another list's cursor."""
    group = _group(query.group_by)
    table = group.table
    place = (group, table.c.currency)
    statement = _sums(table, group.label(query.group_by), table.c.currency).group_by(*place).order_by(*place)
    statement = statement.where(*_conditions(query, table)).limit(limit + 1)
    if cursor is not None:
        statement = statement.where(tuple_(*place) > _place_of(query.group_by, cursor))
    rows = [SalesRow.model_validate(row) for row in connection.execute(statement)]
    last = rows[limit - 1] if len(rows) > limit else None
    return SalesPage(
        group_by=query.group_by,
        items=rows[:limit],
        next_cursor=last and f"{last.currency}.{getattr(last, query.group_by)}",
    )


def totals(connection: Connection, reach: Reach) -> Totals:
    """All sales of the stores within `reach`, by currency."""
    currency = STORE_DAYS.c.currency
    statement = _sums(STORE_DAYS, currency, func.count(STORE_DAYS.c.store_id.distinct()).label("stores"))
    statement = statement.where(within(STORE_DAYS.c.store_id, reach))
    rows = connection.execute(statement.group_by(currency).order_by(currency))
    return Totals(totals=[CurrencyTotals.model_validate(row) for row in rows])


def _group(group_by: GroupBy) -> Column[Any]:
    match group_by:
        case "store":
            return STORE_DAYS.c.store_id
        case "day":
            return STORE_DAYS.c.business_date
        case "category":
            return SALES_BY_DAY.c.category


def _sums(table: Table, *first: ColumnElement[Any]) -> Select[Any]:
    def total(name: str) -> ColumnElement[int]:
        return cast(func.sum(table.c[name]), BigInteger)

    columns = [total(name).label(name) for name in _AMOUNTS]
    net = total("sales_minor") - total("returned_minor") - total("voided_minor")
    if table is STORE_DAYS:
        own: list[ColumnElement[Any]] = [total(name).label(name) for name in ("receipts", "voided_receipts")]
    else:
        own = [func.round(cast(func.sum(table.c.quantity_milli), Numeric) / 1000, 3).label("quantity")]
    return select(*first, *columns, net.label("net_minor"), *own)


def _conditions(query: SalesQuery, table: Table) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [within(table.c.store_id, query.reach)]
    if query.store is not None:
        conditions.append(table.c.store_id == query.store)
    if query.since is not None:
        conditions.append(table.c.business_date >= query.since)
    if query.until is not None:
        conditions.append(table.c.business_date <= query.until)
    return conditions


def _place_of(group_by: GroupBy, cursor: str) -> tuple[str | date, str]:
    currency, _, key = cursor.partition(".")
    try:
        return (date.fromisoformat(key) if group_by == "day" else key), currency
    except ValueError:
        raise InvalidInput(f"cursor {cursor!r} is not one of this list's; begin without", field="cursor") from None
