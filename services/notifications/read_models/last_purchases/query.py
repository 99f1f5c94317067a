"""Who bought last on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection


def bought_last_on(connection: Connection, day: date, after: UUID, limit: int) -> list[UUID]:
    """The next members, by id, whose last purchase was on `day`."""
    rows = fetch(
        connection,
        "select customer_id from last_purchases where business_date = %(day)s and customer_id > %(after)s"
        " order by customer_id limit %(limit)s",
        {"day": day, "after": after, "limit": limit},
    )
    return [customer_id for (customer_id,) in rows]
