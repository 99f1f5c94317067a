"""What an account can be asked to do. Times, ids and looked-up facts come in with the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.loyalty.domain.values import Bonus, ReceiptPoints, Redemption
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class OpenAccount(Command):
    """The member registered."""


@dataclass(frozen=True, slots=True)
class CloseAccount(Command):
    """The member was erased."""


@dataclass(frozen=True, slots=True)
class SettleReceipt(Command):
    """Make the receipt's points what this version of it is worth.

    `known` is what the account has for the receipt so far. It is looked up, not kept in the state, so that
    a receipt costs the same however many came before it. A version that is not newer changes nothing;
    hence versions may come in any order, in any number of steps, and more than once.
    """

    receipt_id: UUID
    receipt_version: int
    net_minor: int
    currency: str
    business_date: date
    due: int
    """What this version is worth."""
    expires_on: date
    """The lot for a receipt that is new; a known one keeps its own."""
    debt_points_max: int | None
    known: ReceiptPoints | None
    bonus: Bonus | None = None
    """What `receipt_id` stands for, if not for a receipt."""


@dataclass(frozen=True, slots=True)
class ReservePoints(Command):
    """Hold `points` until `reserved_until`. `known` is the redemption if its id was ever used."""

    redemption_id: UUID
    customer_id: UUID
    points: int
    reserved_until: datetime
    now: datetime
    today: date
    known: Redemption | None


@dataclass(frozen=True, slots=True)
class ConfirmRedemption(Command):
    """Burn what is reserved."""

    redemption_id: UUID
    now: datetime
    today: date
    known: Redemption


@dataclass(frozen=True, slots=True)
class CancelRedemption(Command):
    """Give back what is reserved."""

    redemption_id: UUID
    today: date
    known: Redemption


@dataclass(frozen=True, slots=True)
class ExpireReservation(Command):
    """Give back what is reserved, if its time is over."""

    redemption_id: UUID
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class ExpirePoints(Command):
    """Remove every lot whose last day is before `today`."""

    today: date


AccountCommand = (
    OpenAccount
    | CloseAccount
    | SettleReceipt
    | ReservePoints
    | ConfirmRedemption
    | CancelRedemption
    | ExpireReservation
    | ExpirePoints
)
