"""A member's statement."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Entry(BaseModel):
    """One side of a booking."""

    account: str = Field(description="member, reserved, debt, issued, redeemed, expired or forgiven")
    lot: date | None = Field(description="Last day of validity of the points, where they are in a lot.")
    points: int


class Booking(BaseModel):
    """What one event did to the points; its entries sum to zero."""

    version: int = Field(description="The account's version that it made.")
    kind: str = Field(description="points_earned, points_taken_back, debt_paid, points_reserved, ...")
    occurred_at: datetime
    business_date: date
    receipt_id: UUID | None
    campaign_id: UUID | None = Field(description="The campaign whose bonus it is; null: the receipt's base points.")
    redemption_id: UUID | None
    points: int = Field(default=0, description="By how much it changed what can be spent.")
    entries: list[Entry] = Field(default_factory=list)


class Statement(BaseModel):
    """Bookings, newest first."""

    customer_id: UUID
    items: list[Booking]
    next_cursor: int | None = Field(description="Send it as `cursor` for older bookings; null: these were the oldest.")
