"""Redeeming: points are reserved first, then confirmed, cancelled, or given back when their time is over.

Every command may come again: what already is, is not decided twice, and the answer does not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.account.errors import (
    AccountIsClosed,
    AccountNotFound,
    InsufficientPoints,
    RedemptionCancelled,
    RedemptionConfirmed,
    RedemptionIdTaken,
    ReservationExpired,
    ReservationTime,
)
from services.loyalty.domain.account.events import AccountEvent, PointsRedeemed, PointsReleased, PointsReserved
from services.loyalty.domain.lots import earliest, total, valid_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from services.loyalty.domain.account.commands import (
        CancelRedemption,
        ConfirmRedemption,
        ExpireReservation,
        ReservePoints,
    )
    from services.loyalty.domain.account.state import Account
    from services.loyalty.domain.values import ReleaseReason


def reserve(command: ReservePoints, account: Account) -> Sequence[AccountEvent]:
    """Holds points, those that expire first."""
    known = command.known
    if known is not None:
        if (known.customer_id, known.points) != (command.customer_id, command.points):
            raise RedemptionIdTaken(
                f"redemption_id {command.redemption_id} stands for another redemption; make a new id for a new one",
                redemption_id=str(command.redemption_id),
            )
        return []
    if account.standing == "none":
        raise AccountNotFound(
            f"customer_id {command.customer_id} has no account; register the member first",
            customer_id=str(command.customer_id),
        )
    if account.standing == "closed":
        raise AccountIsClosed("the account is closed, its member was erased; nothing can be redeemed from it")
    if command.reserved_until <= command.now:
        raise ReservationTime(
            f"reserved_until {command.reserved_until.isoformat()} is not after now, {command.now.isoformat()};"
            " choose a later time",
            field="reserved_until",
        )
    spendable = max(0, total(valid_on(account.lots, command.today)) - account.debt)
    if spendable < command.points:
        raise InsufficientPoints(
            f"points {command.points} is more than the {spendable} that can be spent; ask for at most {spendable}",
            points=command.points,
            available=spendable,
        )
    return [
        PointsReserved(
            redemption_id=command.redemption_id,
            points=command.points,
            lots=earliest(valid_on(account.lots, command.today), command.points),
            reserved_until=command.reserved_until,
            business_date=command.today,
            available=account.available - command.points,
        ),
    ]


def confirm(command: ConfirmRedemption, account: Account) -> Sequence[AccountEvent]:
    """Burns what is held, if it is still held."""
    held = account.reservations.get(command.redemption_id)
    status = command.known.status if held is None else "reserved"
    if status == "confirmed":
        return []
    if status == "cancelled":
        raise RedemptionCancelled(
            f"redemption {command.redemption_id} was cancelled; reserve again under a new redemption_id",
        )
    if held is None or held.reserved_until <= command.now:
        raise ReservationExpired(
            f"the reservation of redemption {command.redemption_id} is over; reserve again under a new redemption_id",
            now=command.now.isoformat(),
        )
    return [
        PointsRedeemed(
            redemption_id=command.redemption_id,
            points=total(held.lots),
            lots=held.lots,
            business_date=command.today,
            available=account.available,
        ),
    ]


def cancel(command: CancelRedemption, account: Account) -> Sequence[AccountEvent]:
    """Gives back what is held; nothing to do if it was given back before."""
    if command.redemption_id in account.reservations:
        return [_release(command.redemption_id, account, "cancelled", command.today)]
    if command.known.status == "confirmed":
        raise RedemptionConfirmed(
            f"redemption {command.redemption_id} was confirmed, its points are burned; it cannot be cancelled",
        )
    return []


def expire_reservation(command: ExpireReservation, account: Account) -> Sequence[AccountEvent]:
    """Gives back what is held too long."""
    held = account.reservations.get(command.redemption_id)
    if held is None or held.reserved_until > command.now:
        return []
    return [_release(command.redemption_id, account, "expired", command.today)]


def _release(redemption_id: UUID, account: Account, reason: ReleaseReason, today: date) -> PointsReleased:
    lots = account.reservations[redemption_id].lots
    return PointsReleased(
        redemption_id=redemption_id,
        points=total(lots),
        lots=lots,
        reason=reason,
        business_date=today,
        available=account.available + total(lots),
    )
