"""Sums the postings that name a lot into the lot's row, from where the row stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from services.loyalty.domain.account.events import BookedEvent
from services.loyalty.domain.account.postings import postings
from services.loyalty.read_models.lots.table import LOTS
from shared.database.batch import write
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[BookedEvent]]) -> None:
    """Adds what is newer than each row's version: one statement. A lot that is used up keeps its row."""
    rows = [
        (record.stream.id, record.version, lot, points, account == "reserved")
        for record in batch
        for account, points, lot in postings(record.event)
        if lot is not None
    ]
    if not rows:
        return
    customers, versions, days, points, reserved = map(list, zip(*rows, strict=True))
    write(
        connection,
        table,
        f"""
        insert into {table} as l (customer_id, expires_on, version, points, reserved)
        select e.customer_id::uuid, e.expires_on, max(e.version),
               coalesce(sum(e.points) filter (where not e.reserved), 0),
               coalesce(sum(e.points) filter (where e.reserved), 0)
        from unnest(%(customers)b::text[], %(days)b::date[], %(versions)b::int[], %(points)b::bigint[],
                    %(reserved)b::boolean[]) as e(customer_id, expires_on, version, points, reserved)
        left join {table} stored on stored.customer_id = e.customer_id::uuid and stored.expires_on = e.expires_on
        where e.version > coalesce(stored.version, 0)
        group by e.customer_id, e.expires_on
        on conflict (customer_id, expires_on) do update set
          version = excluded.version,
          points = l.points + excluded.points,
          reserved = l.reserved + excluded.reserved
        """,
        {"customers": customers, "days": days, "versions": versions, "points": points, "reserved": reserved},
    )


PROJECTION = Projection(LOTS, frozenset(event.type for event in get_args(BookedEvent)), project)
