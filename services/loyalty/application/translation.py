"""The account's events as the other services hear them. What only the ledger needs to know is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.loyalty.domain.account.events import (
    AccountEvent,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
)
from shared.contracts import loyalty as told
from shared.messaging.outbox import Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def translate(connection: Connection, batch: Sequence[Recorded[AccountEvent]]) -> Iterable[Published]:  # noqa: ARG001 - all there is to tell is in the events
    """One integration event for each event that moved points, keyed by the customer."""
    for record in batch:
        fact = _told(record)
        if fact is not None:
            yield Published(of=record, key=record.stream.id, event=fact)


def _told(record: Recorded[AccountEvent]) -> told.PointsFact | None:
    event = record.event
    kind: type[told.PointsFact]
    more: dict[str, Any]
    match event:
        case PointsEarned():
            kind, more = told.PointsEarned, {"receipt_id": event.receipt_id, "expires_on": event.expires_on}
        case PointsTakenBack():
            kind, more = told.PointsTakenBack, {"receipt_id": event.receipt_id}
        case PointsReserved():
            more = {"redemption_id": event.redemption_id, "reserved_until": event.reserved_until}
            kind = told.PointsReserved
        case PointsRedeemed():
            kind, more = told.PointsRedeemed, {"redemption_id": event.redemption_id}
        case PointsReleased():
            kind, more = told.PointsReleased, {"redemption_id": event.redemption_id, "reason": event.reason}
        case PointsExpired():
            kind, more = told.PointsExpired, {"expired_on": event.expires_on}
        case _:
            return None
    return kind(
        customer_id=UUID(record.stream.id),
        account_version=record.version,
        occurred_at=record.occurred_at,
        points=event.points,
        available=event.available,
        **more,
    )
