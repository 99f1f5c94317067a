"""What tills send, and what they get."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.campaigns.domain.offers.definition import MINOR_MAX
from services.campaigns.read_models.checkouts.view import EffectView, WhyNotView
from shared.kernel.money import WrittenCurrency
from shared.kernel.text import CONTROL_FREE, Code

LINES_MAX = 500
RESERVE_S_MAX = 86_400
COUPONS_MAX = 10
BATCH_MAX = 10_000
DRAFTS_MAX = 50

CouponCode = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=CONTROL_FREE)]
Quantity = Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=10, decimal_places=3)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BasketLine(_Body):
    """One line of the basket, before any discount of a campaign."""

    line: int = Field(ge=0, le=1_000_000, description="Its number, as it will stand on the receipt.")
    product: Code
    category: Code | None = None
    quantity: Quantity
    amount_minor: int = Field(ge=0, le=MINOR_MAX)


class _Basket(_Body):
    store: Code
    till: Code
    business_date: date | None = Field(
        default=None, description="Left out: the day of `occurred_at`, as its offset says."
    )
    occurred_at: AwareDatetime | None = Field(
        default=None,
        description="With the store's offset: hours of the day are read from it. Left out: now, by the store's clock.",
    )
    currency: WrittenCurrency | None = Field(default=None, description="Left out: the store's.")
    customer_id: UUID | None = None
    coupons: list[CouponCode] = Field(default=[], max_length=COUPONS_MAX, description="As they were typed.")
    lines: list[BasketLine] = Field(min_length=1, max_length=LINES_MAX)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if len({line.line for line in self.lines}) < len(self.lines):
            msg = "lines have equal numbers; give each line of the basket its own"
            raise ValueError(msg)
        return self


class AskQuote(_Basket):
    """A basket to be priced."""

    checkout_id: UUID | None = Field(default=None, description="Of a reservation whose own coupons count as free.")
    dry_run: bool = Field(default=False, description="Also tries `drafts`, as if they ran.")
    drafts: list[UUID] = Field(default=[], max_length=DRAFTS_MAX)

    @model_validator(mode="after")
    def _drafts_are_dry(self) -> Self:
        if self.drafts and not self.dry_run:
            msg = "drafts are tried in a dry run only; say dry_run: true"
            raise ValueError(msg)
        return self


class Reserve(_Basket):
    """Hold the offers of this basket."""

    checkout_id: UUID = Field(description="Made by the till and kept for retries and for the receipt.")
    reserve_s: int | None = Field(default=None, ge=1, le=RESERVE_S_MAX, description="Left out: the usual time.")


class Confirm(_Body):
    """It was paid."""

    receipt_id: UUID | None = None


class IssueCoupons(_Body):
    """Either so many coupons, or one for each of some members."""

    count: int | None = Field(default=None, ge=1, le=BATCH_MAX)
    customer_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=BATCH_MAX)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.count is None) == (self.customer_ids is None):
            msg = "give either count or customer_ids"
            raise ValueError(msg)
        if self.customer_ids is not None and len(set(self.customer_ids)) < len(self.customer_ids):
            msg = "customer_ids names somebody twice; a member gets one coupon of a batch"
            raise ValueError(msg)
        return self


class IssuedCoupon(BaseModel):
    """A new coupon. This is the only time that its code is shown."""

    code: str
    customer_id: UUID | None


class IssuedCoupons(BaseModel):
    """A new batch."""

    batch_id: UUID
    campaign_id: UUID
    coupons: list[IssuedCoupon]


class QuoteView(BaseModel):
    """What the basket costs with the offers that apply; nothing is held."""

    status: Literal["quoted"] = "quoted"
    checkout_id: UUID | None
    currency: str
    total_minor: int
    discount_minor: int
    to_pay_minor: int
    effects: list[EffectView]
    why_not: list[WhyNotView]
