"""Which channels are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.notifications.read_models.suppressions.view import SuppressionPage, SuppressionView
from shared.database.batch import fetch
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.access.visibility import Visible

_FIRST = (UUID(int=0), "")


def suppressions(
    connection: Connection, seen: Visible, *, customer_id: UUID | None, cursor: str | None, limit: int
) -> SuppressionPage:
    """One page. Raises `InvalidInput` for a cursor that is none."""
    after, channel = _read(cursor)
    rows = fetch(
        connection,
        f"""
        select customer_id, channel, reach, reason, at from suppressions
        where {seen.sql} and reach is not null and (%(customer)s::uuid is null or customer_id = %(customer)s::uuid)
          and (customer_id, channel) > (%(after)s::uuid, %(channel)s)
        order by customer_id, channel limit %(limit)s
        """,
        {"customer": customer_id, "after": after, "channel": channel, "limit": limit, **seen.parameters},
    )
    items = [
        SuppressionView(customer_id=id_, channel=closed, reach=reach, reason=reason, at=at)
        for id_, closed, reach, reason, at in rows
    ]
    full = len(items) == limit
    return SuppressionPage(items=items, next_cursor=f"{items[-1].customer_id}.{items[-1].channel}" if full else None)


def _read(cursor: str | None) -> tuple[UUID, str]:
    if cursor is None:
        return _FIRST
    id_, _, channel = cursor.partition(".")
    try:
        return UUID(id_), channel
    except ValueError:
        msg = "cursor is none of ours; pass next_cursor of the page before, or leave it out"
        raise InvalidInput(msg, field="cursor") from None
