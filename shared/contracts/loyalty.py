"""What `loyalty` tells the others about points, and about what partners owe each other. Points are whole numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.base import IntegrationEvent


class PointsFact(IntegrationEvent):
    """What every event about an account says: the change, and the balance after it."""

    topic: ClassVar[str] = "loyalty.events.v1"

    customer_id: UUID
    account_version: int
    occurred_at: datetime
    points: int
    """How many points this is about; never negative."""
    available: int
    """What can be spent after it; negative only while the account is in debt."""


class PointsEarned(PointsFact):
    """A receipt earned points."""

    type: ClassVar[str] = "loyalty.points_earned.v1"

    receipt_id: UUID
    expires_on: date


class PointsTakenBack(PointsFact):
    """A return, void or move took back what a receipt had earned."""

    type: ClassVar[str] = "loyalty.points_taken_back.v1"

    receipt_id: UUID


class PointsReserved(PointsFact):
    """Points are held for a redemption until `reserved_until`."""

    type: ClassVar[str] = "loyalty.points_reserved.v1"

    redemption_id: UUID
    reserved_until: datetime


class PointsRedeemed(PointsFact):
    """A reservation was confirmed: the points are burned."""

    type: ClassVar[str] = "loyalty.points_redeemed.v1"

    redemption_id: UUID


class PointsReleased(PointsFact):
    """A reservation was cancelled or ran out: the points can be spent again."""

    type: ClassVar[str] = "loyalty.points_released.v1"

    redemption_id: UUID
    reason: str


class PointsExpired(PointsFact):
    """Points reached their expiry date unspent."""

    type: ClassVar[str] = "loyalty.points_expired.v1"

    expired_on: date


class SettlementPosted(IntegrationEvent):
    """A redemption of a joint promotion was booked between partners: `creditor` is owed by `debtor`.

    `amount_minor` is negative when a return took some of it back. Keyed by the campaign.
    """

    type: ClassVar[str] = "loyalty.settlement_posted.v1"
    topic: ClassVar[str] = "loyalty.events.v1"

    campaign_id: UUID
    redemption_id: UUID
    redemption_version: int
    creditor: str
    debtor: str
    amount_minor: int
    currency: str
    business_date: date
    occurred_at: datetime


EVENTS: tuple[type[IntegrationEvent], ...] = (
    PointsEarned,
    PointsTakenBack,
    PointsReserved,
    PointsRedeemed,
    PointsReleased,
    PointsExpired,
    SettlementPosted,
)
