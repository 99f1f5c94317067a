"""Reads redemptions: for callers, for decisions, and for the job that ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.values import Redemption
from services.loyalty.read_models.redemptions.view import RedemptionView
from shared.database.batch import fetch

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection


def find_redemption(connection: Connection, redemption_id: UUID) -> Redemption | None:
    """See `application.ports.FindRedemption`."""
    rows = fetch(
        connection,
        "select customer_id, points, status from redemptions where redemption_id = %(id)s",
        {"id": redemption_id},
    )
    return Redemption(*rows[0]) if rows else None


def due_reservations(connection: Connection, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """See `application.ports.DueReservations`."""
    return [
        (customer_id, redemption_id)
        for customer_id, redemption_id in fetch(
            connection,
            """
            select customer_id, redemption_id from redemptions
            where status = 'reserved' and reserved_until <= %(now)s order by reserved_until limit %(limit)s
            """,
            {"now": now, "limit": limit},
        )
    ]


def redemption_view(connection: Connection, redemption_id: UUID) -> RedemptionView | None:
    """A redemption as it stands, beside the balance of its account; None if the id was never used."""
    rows = fetch(
        connection,
        """
        select r.redemption_id, r.customer_id, r.points, r.status, r.reserved_until, r.reserved_at, r.ended_at,
               b.version, b.available
        from redemptions r join account_balance b on b.customer_id = r.customer_id
        where r.redemption_id = %(id)s
        """,
        {"id": redemption_id},
    )
    if not rows:
        return None
    id_, customer_id, points, status, reserved_until, reserved_at, ended_at, version, available = rows[0]
    return RedemptionView(
        redemption_id=id_,
        customer_id=customer_id,
        points=points,
        status=status,
        reserved_until=reserved_until,
        reserved_at=reserved_at,
        ended_at=ended_at,
        version=version,
        available=available,
    )
