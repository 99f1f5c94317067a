"""Reads a member's bookings, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.read_models.ledger_entries.view import Booking, Entry
from shared.database.batch import fetch

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


def bookings(connection: Connection, customer_id: UUID, *, before: int | None, limit: int) -> list[Booking]:
    """At most `limit` bookings of account versions below `before` (None: from the newest)."""
    rows = fetch(
        connection,
        """
        select version, kind, occurred_at, business_date, coalesce(b.receipt_id, l.receipt_id), b.campaign_id,
               redemption_id, account, lot, points
        from ledger_entries l left join bonuses b on b.bonus_id = l.receipt_id
        where customer_id = %(customer)s and version in (
          select distinct version from ledger_entries
          where customer_id = %(customer)s and version < coalesce(%(before)s, 2147483647)
          order by version desc limit %(limit)s)
        order by version desc, entry_no
        """,
        {"customer": customer_id, "before": before, "limit": limit},
    )
    found: dict[int, Booking] = {}
    for version, kind, occurred_at, business_date, receipt_id, campaign_id, *row in rows:
        redemption_id, account, lot, points = row
        booking = found.get(version)
        if booking is None:
            booking = found[version] = Booking(
                version=version,
                kind=kind,
                occurred_at=occurred_at,
                business_date=business_date,
                receipt_id=receipt_id,
                campaign_id=campaign_id,
                redemption_id=redemption_id,
            )
        booking.entries.append(Entry(account=account, lot=lot, points=points))
        if account in {"member", "debt"}:
            booking.points += points
    return list(found.values())
