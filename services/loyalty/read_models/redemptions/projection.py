"""Follows redemptions from their reservation to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.account.events import PointsRedeemed, PointsReleased, PointsReserved
from services.loyalty.read_models.redemptions.table import REDEMPTIONS
from shared.database.batch import write
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(
    connection: Connection,
    table: str,
    batch: Sequence[Recorded[PointsReserved | PointsRedeemed | PointsReleased]],
) -> None:
    """First what began, then what ended: a redemption may do both in one batch, never in the other order."""
    begun = [(record, record.event) for record in batch if isinstance(record.event, PointsReserved)]
    ended = [(record, record.event) for record in batch if not isinstance(record.event, PointsReserved)]
    if begun:
        write(
            connection,
            table,
            f"""
            insert into {table}
              (redemption_id, customer_id, version, points, status, reserved_until, reserved_at)
            select redemption_id, customer_id::uuid, version, points, 'reserved', reserved_until, reserved_at
            from unnest(%(ids)b::uuid[], %(customers)b::text[], %(versions)b::int[], %(points)b::bigint[],
                        %(untils)b::timestamptz[], %(times)b::timestamptz[])
              as e(redemption_id, customer_id, version, points, reserved_until, reserved_at)
            on conflict do nothing
            """,
            {
                "ids": [event.redemption_id for _, event in begun],
                "customers": [record.stream.id for record, _ in begun],
                "versions": [record.version for record, _ in begun],
                "points": [event.points for _, event in begun],
                "untils": [event.reserved_until for _, event in begun],
                "times": [record.occurred_at for record, _ in begun],
            },
        )
    if ended:
        write(
            connection,
            table,
            f"""
            update {table} r set version = e.version, status = e.status, ended_at = e.ended_at
            from unnest(%(ids)b::uuid[], %(versions)b::int[], %(statuses)b::text[], %(times)b::timestamptz[])
              as e(redemption_id, version, status, ended_at)
            where r.redemption_id = e.redemption_id and r.version < e.version
            """,
            {
                "ids": [event.redemption_id for _, event in ended],
                "versions": [record.version for record, _ in ended],
                "statuses": [_status(event) for _, event in ended],
                "times": [record.occurred_at for record, _ in ended],
            },
        )


def _status(event: PointsRedeemed | PointsReleased) -> str:
    return event.reason if isinstance(event, PointsReleased) else "confirmed"


PROJECTION = Projection(
    REDEMPTIONS,
    frozenset(event.type for event in (PointsReserved, PointsRedeemed, PointsReleased)),
    project,
)
