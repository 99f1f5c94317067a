"""What happens to a member's account. The stream is `account-<customer id>`; the member is a pseudonym.

`available` is what can be spent after the event: the sum of the lots, less the debt.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.loyalty.domain.lots import Lots
from services.loyalty.domain.values import Bonus, ReleaseReason
from shared.kernel.messages import DomainEvent


class AccountOpened(DomainEvent):
    """A member has an account: by registering, or by the first receipt if that came sooner."""

    type: ClassVar[str] = "account_opened"


class AccountClosed(DomainEvent):
    """The member was erased. The ledger stays under the pseudonym; nothing new can be redeemed."""

    type: ClassVar[str] = "account_closed"


class Settlement(DomainEvent):
    """A version of a receipt was settled: from now on only a newer version changes its points."""

    receipt_id: UUID
    receipt_version: int
    net_minor: int
    currency: str
    business_date: date
    """The sale's."""
    expires_on: date
    """The lot of the receipt's points."""
    receipt_points: int
    """What the account has for this receipt from now on."""
    bonus: Bonus | None = None
    """What `receipt_id` stands for, if not for a receipt: what a receipt earns by a campaign."""


class ReceiptSettled(Settlement):
    """A version that changes no points. Remembered, so that an older one is not taken for news."""

    type: ClassVar[str] = "receipt_settled"


class PointsEarned(Settlement):
    """The receipt is worth `points` more than was known; they are in its lot."""

    type: ClassVar[str] = "points_earned"

    points: int
    available: int


class PointsTakenBack(Settlement):
    """The receipt is worth `points` less: `lots` gave what they had, the rest is owed, or forgiven."""

    type: ClassVar[str] = "points_taken_back"

    points: int
    lots: Lots
    owed: int
    forgiven: int
    available: int


class DebtPaid(DomainEvent):
    """Points that came in paid what was owed, before they could be spent."""

    type: ClassVar[str] = "debt_paid"

    points: int
    lots: Lots
    business_date: date
    available: int


class PointsReserved(DomainEvent):
    """Points are held for a redemption, taken from the lots that expire first."""

    type: ClassVar[str] = "points_reserved"

    redemption_id: UUID
    points: int
    lots: Lots
    reserved_until: datetime
    business_date: date
    available: int


class PointsRedeemed(DomainEvent):
    """A reservation was confirmed: its points are burned."""

    type: ClassVar[str] = "points_redeemed"

    redemption_id: UUID
    points: int
    lots: Lots
    business_date: date
    available: int


class PointsReleased(DomainEvent):
    """A reservation was cancelled or ran out: its points are back in the lots that they came from."""

    type: ClassVar[str] = "points_released"

    redemption_id: UUID
    points: int
    lots: Lots
    reason: ReleaseReason
    business_date: date
    available: int


class PointsExpired(DomainEvent):
    """A lot's last day has passed; what was left of it is gone."""

    type: ClassVar[str] = "points_expired"

    points: int
    expires_on: date
    business_date: date
    available: int


BookedEvent = (
    PointsEarned | PointsTakenBack | DebtPaid | PointsReserved | PointsRedeemed | PointsReleased | PointsExpired
)
"""Those that move points."""

AccountEvent = AccountOpened | AccountClosed | ReceiptSettled | BookedEvent
