"""Quotes and checkouts as callers see them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from services.campaigns.domain.checkout.values import CheckoutStatus
from services.campaigns.domain.offers.reasons import WhyNotCode


class LineEffect(BaseModel):
    """What an offer takes off one line; 0 on each line that a points offer is for."""

    line: int
    amount_minor: int


class EffectView(BaseModel):
    """One offer that applies. The amounts of its lines sum to `amount_minor`."""

    campaign_id: UUID
    campaign_version: int
    offer: str = Field(description="The campaign's code.")
    kind: str
    name: dict[str, str] = Field(description="In zh-CN and en, for the receipt.")
    amount_minor: int
    points_factor: Decimal | None = None
    points: int | None = Field(default=None, description="Of a points offer: what it is expected to give.")
    lines: list[LineEffect]
    reason: str
    over_limit: bool = False


class WhyNotView(BaseModel):
    """One campaign that does not apply, or a coupon that is good for none."""

    campaign_id: UUID | None
    offer: str | None
    code: WhyNotCode = Field(description="Stable, for programs.")
    title: dict[str, str] = Field(description="In zh-CN and en, for whoever stands at the till.")
    reason: str = Field(description="With what is wrong with this basket, in English.")


class CheckoutView(BaseModel):
    """What is held for a basket, or what became of it."""

    checkout_id: UUID
    version: int = Field(description="The checkout's version that this reflects.")
    status: CheckoutStatus
    store: str
    till: str
    business_date: date
    customer_id: UUID | None
    currency: str
    total_minor: int
    discount_minor: int = Field(description="What its offers took off when it was reserved.")
    to_pay_minor: int
    effects: list[EffectView]
    why_not: list[WhyNotView] = Field(
        default=[],
        description="Said once, by the reservation: for each campaign that does not apply the first reason.",
    )
    reserved_until: datetime = Field(description="What is not confirmed by then gives back what it holds.")
    receipt_id: UUID | None
