"""The write-side state of an account: what decisions need, and nothing that grows with a member's past.

After every decision a debt stands only where no lot is left: what comes in pays it first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from services.loyalty.domain.account.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    DebtPaid,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
    ReceiptSettled,
)
from services.loyalty.domain.lots import Lots, minus, plus, total


@dataclass(frozen=True, slots=True)
class Reservation:
    """Points held for a redemption, by the lots that they came from."""

    lots: Lots
    reserved_until: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `debt` are points that were taken back after they had been spent."""

    standing: Literal["none", "open", "closed"] = "none"
    lots: Lots = field(default_factory=dict)
    debt: int = 0
    reservations: dict[UUID, Reservation] = field(default_factory=dict)

    @property
    def available(self) -> int:
        """What can be spent; negative only in debt."""
        return total(self.lots) - self.debt


def evolve(account: Account, event: AccountEvent) -> Account:  # noqa: C901, PLR0911 - one case per event
    """The account after `event`."""
    match event:
        case PointsEarned():
            return replace(account, lots=plus(account.lots, {event.expires_on: event.points}))
        case PointsTakenBack():
            return replace(account, lots=minus(account.lots, event.lots), debt=account.debt + event.owed)
        case DebtPaid():
            return replace(account, lots=minus(account.lots, event.lots), debt=account.debt - event.points)
        case PointsReserved():
            held = Reservation(event.lots, event.reserved_until)
            reservations = {**account.reservations, event.redemption_id: held}
            return replace(account, lots=minus(account.lots, event.lots), reservations=reservations)
        case PointsRedeemed():
            return replace(account, reservations=_without(account, event.redemption_id))
        case PointsReleased():
            reservations = _without(account, event.redemption_id)
            return replace(account, lots=plus(account.lots, event.lots), reservations=reservations)
        case PointsExpired():
            return replace(account, lots=minus(account.lots, {event.expires_on: event.points}))
        case AccountOpened():
            return replace(account, standing="open")
        case AccountClosed():
            return replace(account, standing="closed")
        case ReceiptSettled():
            return account
        case _:
            assert_never(event)


def _without(account: Account, redemption_id: UUID) -> dict[UUID, Reservation]:
    return {id_: held for id_, held in account.reservations.items() if id_ != redemption_id}
