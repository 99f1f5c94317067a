"""Waiting receipts for whoever links a token, from `waiting_receipts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from services.stores.application.ports import Awaited


def find_waiting(connection: Connection, awaited: Sequence[Awaited]) -> Sequence[tuple[str, UUID]]:
    """`FindWaiting`: (token, receipt id) of every receipt that is awaited, in order of their ids."""
    rows = fetch(
        connection,
        """
        select w.token, w.receipt_id
        from unnest(%(tokens)b::text[], %(todays)b::date[], %(afters)b::date[]) as a(token, today, sold_after)
        join waiting_receipts w on w.token = a.token and w.waits_until >= a.today
          and (a.sold_after is null or w.business_date > a.sold_after)
        order by w.receipt_id
        """,
        {
            "tokens": [item.token for item in awaited],
            "todays": [item.today for item in awaited],
            "afters": [item.sold_after for item in awaited],
        },
    )
    return [(token, receipt_id) for token, receipt_id in rows]


def forget_waiting(connection: Connection, today: date) -> int:
    """Removes what waited long enough: `find_waiting` does not see it any more. How many."""
    return run(connection, "delete from waiting_receipts where waits_until < %(today)s", {"today": today})
