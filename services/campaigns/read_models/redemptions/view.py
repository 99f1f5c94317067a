"""Redemptions as callers see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class RedemptionView(BaseModel):
    """One use of a campaign's offer."""

    redemption_id: UUID
    checkout_id: UUID
    customer_id: UUID | None
    store: str
    business_date: date
    currency: str
    amount_minor: int = Field(description="What it took off.")
    discount_minor: int = Field(description="What of that stands after returns.")
    points_due: int
    status: Literal["reserved", "confirmed", "released", "expired", "voided"]
    over_limit: bool = Field(description="Its reservation was over when it was paid, and nothing was left.")
    receipt_id: UUID | None
    reserved_at: datetime
    confirmed_at: datetime | None


class RedemptionList(BaseModel):
    """One page."""

    items: list[RedemptionView]
    next_cursor: str | None


class DiscountFigures(BaseModel):
    """What a campaign took off in one currency."""

    currency: str
    discount_minor: int = Field(description="What stands after returns.")
    returned_minor: int = Field(description="What returns and voids took back.")


class RedemptionFigures(BaseModel):
    """A campaign's uses in figures. `uses` and `members` are of paid checkouts that were not voided."""

    uses: int
    members: int
    over_limit: int
    points: int
    discounts: list[DiscountFigures] = Field(description="One per currency in which it was used, in their order.")
