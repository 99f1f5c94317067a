"""Keeps the newest settlement of each receipt in each account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.account.events import PointsEarned, PointsTakenBack, ReceiptSettled, Settlement
from services.loyalty.read_models.receipt_points.table import RECEIPT_POINTS
from shared.database.batch import write
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[Settlement]]) -> None:
    """Writes what is newer than the row, by the receipt's version: one statement."""
    newest = {(record.stream.id, record.event.receipt_id): record.event for record in batch}
    events = newest.values()
    write(
        connection,
        table,
        f"""
        insert into {table} as r
          (customer_id, receipt_id, version, points, net_minor, currency, business_date, expires_on)
        select customer_id::uuid, receipt_id, version, points, net_minor, currency, business_date, expires_on
        from unnest(%(customers)b::text[], %(receipts)b::uuid[], %(versions)b::int[], %(points)b::bigint[],
                    %(nets)b::bigint[], %(currencies)b::text[], %(dates)b::date[], %(expiries)b::date[])
          as e(customer_id, receipt_id, version, points, net_minor, currency, business_date, expires_on)
        on conflict (customer_id, receipt_id) do update set
          version = excluded.version, points = excluded.points, net_minor = excluded.net_minor,
          currency = excluded.currency, business_date = excluded.business_date, expires_on = excluded.expires_on
        where r.version < excluded.version
        """,
        {
            "customers": [customer_id for customer_id, _ in newest],
            "receipts": [receipt_id for _, receipt_id in newest],
            "versions": [event.receipt_version for event in events],
            "points": [event.receipt_points for event in events],
            "nets": [event.net_minor for event in events],
            "currencies": [event.currency for event in events],
            "dates": [event.business_date for event in events],
            "expiries": [event.expires_on for event in events],
        },
    )


PROJECTION = Projection(
    RECEIPT_POINTS,
    frozenset(event.type for event in (PointsEarned, PointsTakenBack, ReceiptSettled)),
    project,
)
