"""Reads a timeline, newest first, from both of its tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.customers.read_models.timeline.table import TIMELINE_HEARD, TIMELINE_OWN
from services.customers.read_models.timeline.titles import TITLES
from services.customers.read_models.timeline.view import TimelineItem
from shared.access.visibility import at_stores
from shared.database.batch import fetch
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from shared.access.permissions import Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = (
    "event_id",
    "occurred_at",
    "kind",
    "store_id",
    "amount_minor",
    "currency",
    "points",
    "about",
    "details",
)
_ORDER = "occurred_at desc, event_id desc"


def page(
    connection: Connection,
    customer_id: UUID,
    *,
    cursor: str | None,
    limit: int,
) -> tuple[list[TimelineItem], str | None]:
    """What happened before `cursor`, or at last, and the next page's cursor. Raises `InvalidInput` for a wrong one."""
    before = ("infinity", UUID(int=0)) if cursor is None else _read(cursor)
    tables = " union all ".join(
        f"(select {', '.join(_FIELDS)} from {table.name} where customer_id = %(customer)s"
        f" and (occurred_at, event_id) < (%(at)s::timestamptz, %(event)s) order by {_ORDER} limit %(limit)s)"
        for table in (TIMELINE_OWN, TIMELINE_HEARD)
    )
    rows = fetch(
        connection,
        f"select * from ({tables}) t order by {_ORDER} limit %(limit)s",
        {"customer": customer_id, "at": before[0], "event": before[1], "limit": limit + 1},
    )
    items = [
        TimelineItem(**said, title=TITLES[said["kind"]])
        for said in (dict(zip(_FIELDS, row, strict=True)) for row in rows[:limit])
    ]
    return items, _write(items[-1]) if len(rows) > limit else None


def last_seen(connection: Connection, customer_ids: Collection[UUID], scope: Scope) -> dict[UUID, tuple[datetime, str]]:
    """When and where each bought last in the stores of `scope`; who never did is missing."""
    here = at_stores(scope)
    rows = fetch(
        connection,
        f"""
        select customer_id, t.occurred_at, t.store_id
        from unnest(%(ids)b::uuid[]) as asked(customer_id) cross join lateral (
          select occurred_at, store_id from {TIMELINE_HEARD.name} t
          where t.customer_id = asked.customer_id and kind in ('sale_recorded', 'sale_attributed') and {here.sql}
          order by occurred_at desc limit 1
        ) t
        """,
        {"ids": list(customer_ids), **here.parameters},
    )
    return {customer_id: (at, store) for customer_id, at, store in rows}


def _write(item: TimelineItem) -> str:
    """`<microseconds since 1970>.<event id>`: nothing in it has to be escaped in a URL."""
    return f"{(item.occurred_at - _EPOCH) // timedelta(microseconds=1)}.{item.event_id}"


def _read(cursor: str) -> tuple[datetime, UUID]:
    microseconds, _, event_id = cursor.partition(".")
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds)), UUID(event_id)
    except (ValueError, OverflowError):
        msg = "cursor is not one of this list; pass the next_cursor of the page before, or leave it out"
        raise InvalidInput(msg, field="cursor") from None
