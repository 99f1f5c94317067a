"""The service's events as the others hear them. What only the ledgers need to know is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.loyalty.domain.account.events import (
    AccountEvent,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
    Settlement,
)
from services.loyalty.domain.funding.events import DuePosted, FundingEvent, FundingSettled
from shared.contracts import loyalty as told
from shared.kernel.ids import read_id
from shared.messaging.outbox import Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def translate(connection: Connection, batch: Sequence[Recorded[AccountEvent | FundingEvent]]) -> Iterable[Published]:  # noqa: ARG001 - all there is to tell is in the events
    """One integration event for each that moved points, keyed by the customer, or money, keyed by the campaign."""
    for record in batch:
        match record.event:
            case DuePosted() as due:
                yield Published(of=record, key=str(due.campaign_id), event=_settled(record, due))
            case FundingSettled():
                pass
            case event:
                fact = _told(record, event)
                if fact is not None:
                    yield Published(of=record, key=record.stream.id, event=fact)


def _settled(record: Recorded[Any], due: DuePosted) -> told.SettlementPosted:
    return told.SettlementPosted(
        campaign_id=due.campaign_id,
        redemption_id=read_id(record.stream.id),
        redemption_version=due.redemption_version,
        creditor=due.redeemed_by,
        debtor=due.debtor,
        amount_minor=due.amount_minor,
        currency=due.currency,
        business_date=due.business_date,
        occurred_at=record.occurred_at,
    )


def _told(record: Recorded[Any], event: AccountEvent) -> told.PointsFact | None:
    kind: type[told.PointsFact]
    more: dict[str, Any]
    match event:
        case PointsEarned():
            kind, more = told.PointsEarned, {"receipt_id": _receipt(event), "expires_on": event.expires_on}
        case PointsTakenBack():
            kind, more = told.PointsTakenBack, {"receipt_id": _receipt(event)}
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
        customer_id=read_id(record.stream.id),
        account_version=record.version,
        occurred_at=record.occurred_at,
        points=event.points,
        available=event.available,
        **more,
    )


def _receipt(event: Settlement) -> UUID:
    """The receipt that people know: a bonus is told with the receipt that earned it."""
    return event.receipt_id if event.bonus is None else event.bonus.receipt_id
