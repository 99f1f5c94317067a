"""Settling a receipt: the difference between what it is worth now and what the account has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.account.events import (
    AccountEvent,
    AccountOpened,
    PointsEarned,
    PointsTakenBack,
    ReceiptSettled,
)
from services.loyalty.domain.lots import earliest, minus, plus, total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from services.loyalty.domain.account.commands import SettleReceipt
    from services.loyalty.domain.account.state import Account


def settle(command: SettleReceipt, account: Account) -> Sequence[AccountEvent]:
    """Earns or takes back the difference. Never refuses: a sale that happened, happened, also for a closed account."""
    known = command.known
    if known is not None and known.version >= command.receipt_version:
        return []
    expires_on = known.expires_on if known else command.expires_on
    difference = command.due - (known.points if known else 0)
    settled: AccountEvent
    if difference > 0:
        settled = PointsEarned(
            receipt_id=command.receipt_id,
            receipt_version=command.receipt_version,
            net_minor=command.net_minor,
            currency=command.currency,
            business_date=command.business_date,
            expires_on=expires_on,
            receipt_points=command.due,
            bonus=command.bonus,
            points=difference,
            available=account.available + difference,
        )
    elif difference < 0:
        settled = _take_back(command, account, expires_on, -difference)
    else:
        settled = ReceiptSettled(
            receipt_id=command.receipt_id,
            receipt_version=command.receipt_version,
            net_minor=command.net_minor,
            currency=command.currency,
            business_date=command.business_date,
            expires_on=expires_on,
            receipt_points=command.due,
            bonus=command.bonus,
        )
    return [AccountOpened(), settled] if account.standing == "none" else [settled]


def _take_back(command: SettleReceipt, account: Account, expires_on: date, points: int) -> PointsTakenBack:
    """First from the lot that the receipt earned into, then from the others, then as debt, as far as that may go."""
    own = min(points, account.lots.get(expires_on, 0))
    lots = {expires_on: own} if own else {}
    lots = plus(lots, earliest(minus(account.lots, lots), points - own))
    short = points - total(lots)
    room = short if command.debt_points_max is None else max(0, command.debt_points_max - account.debt)
    owed = min(short, room)
    return PointsTakenBack(
        receipt_id=command.receipt_id,
        receipt_version=command.receipt_version,
        net_minor=command.net_minor,
        currency=command.currency,
        business_date=command.business_date,
        expires_on=expires_on,
        receipt_points=command.due,
        bonus=command.bonus,
        points=points,
        lots=lots,
        owed=owed,
        forgiven=short - owed,
        available=account.available - total(lots) - owed,
    )
