"""What a marketer writes down: the offer, its conditions, its budget, and the campaign around them.

Checked when it is written, so that whoever reads it later may rely on it. Money is in minor units of one currency for
the whole draft, `budget.currency`; percents have at most two decimals.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shared.kernel.money import WrittenCurrency
from shared.kernel.text import CONTROL_FREE, Code, Text

MINOR_MAX = 10**12
"""The largest amount that a draft may name."""
USES_MAX = 10**9
CODES_MAX = 2_000
"""How many products, categories or stores one condition names; a longer list is a category or a region."""

Language = Literal["zh-CN", "en"]
Channel = Literal["sms", "email", "phone", "post", "wechat", "app"]
Weekday = Annotated[int, Field(ge=1, le=7, description="1 is Monday (ISO 8601).")]
SegmentCode = Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]{1,60}|(lifecycle|rfm)\.[a-z_]{1,40})$")]
PartyCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
CampaignCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]
Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Minor = Annotated[int, Field(ge=1, le=MINOR_MAX)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=CONTROL_FREE, strip_whitespace=True)]


def _sorted(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


Codes = Annotated[tuple[Code, ...], Field(max_length=CODES_MAX), AfterValidator(_sorted)]
"""A set, written in one order, so that equal drafts are equal."""


class Written(BaseModel):
    """The base of everything in a draft: unknown fields are errors, and nothing changes once it is read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class Hours(Written):
    """Part of a week, in the till's local time. `until` is not in it; an end before the start is after midnight."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = (1, 2, 3, 4, 5, 6, 7)
    starts: time = Field(alias="from")
    until: time = Field(alias="to")


class Conditions(Written):
    """When an offer holds, and for which lines. What is left out asks for nothing."""

    min_basket_minor: Minor | None = None
    """What the whole basket is worth before any discount."""
    products: Codes = ()
    categories: Codes = ()
    """A line fits by its product or by its category; with neither list every line fits."""
    excluded_products: Codes = ()
    stores: Codes = ()
    regions: Codes = ()
    """A store fits by its name or by its region."""
    hours: Annotated[tuple[Hours, ...], Field(max_length=20)] = ()
    segment: SegmentCode | None = None
    """One that the member is in at the till, beside the campaign's own."""
    first_purchase: bool = False

    @cached_property
    def product_set(self) -> frozenset[str]:
        """For looking up lines."""
        return frozenset(self.products)

    @cached_property
    def category_set(self) -> frozenset[str]:
        """For looking up lines."""
        return frozenset(self.categories)

    @cached_property
    def excluded_set(self) -> frozenset[str]:
        """For looking up lines."""
        return frozenset(self.excluded_products)


class _Offer(Written):
    conditions: Conditions = Conditions()


class PercentOffer(_Offer):
    """`percent` off the lines that fit, at most `max_minor` together."""

    kind: Literal["percent"]
    percent: Percent
    max_minor: Minor | None = None


class AmountOffer(_Offer):
    """`amount_minor` off the lines that fit, at most what they cost."""

    kind: Literal["amount"]
    amount_minor: Minor


class FixedPriceOffer(_Offer):
    """Each piece (or kilogram) of the lines that fit costs `price_minor`, if it does not cost less anyway."""

    kind: Literal["fixed_price"]
    price_minor: int = Field(ge=0, le=MINOR_MAX)


class PointsOffer(_Offer):
    """More points: `factor` times what the lines that fit earn anyway, or `points` once."""

    kind: Literal["points"]
    factor: Annotated[Decimal, Field(gt=1, le=100, max_digits=5, decimal_places=2)] | None = None
    points: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.factor is None) == (self.points is None):
            msg = "a points offer has either a factor or a number of points; give one of the two"
            raise ValueError(msg)
        return self


class BuyGetOffer(_Offer):
    """Of every `buy + get` pieces the `get` cheapest are `percent_off` off.

    `same`: the pieces are of one product, or of the whole set that the conditions name.
    """

    kind: Literal["buy_x_get_y"]
    buy: int = Field(ge=1, le=100)
    get: int = Field(default=1, ge=1, le=100)
    percent_off: Percent = Decimal(100)
    same: Literal["product", "set"] = "set"


Offer = Annotated[
    PercentOffer | AmountOffer | FixedPriceOffer | PointsOffer | BuyGetOffer,
    Field(discriminator="kind"),
]
MoneyOffer = PercentOffer | AmountOffer | FixedPriceOffer | BuyGetOffer


class Budget(Written):
    """How much of it there is. What is left out has no limit."""

    uses: Annotated[int, Field(ge=1, le=USES_MAX)] | None = None
    money_minor: Minor | None = None
    currency: WrittenCurrency | None = None
    uses_per_member: Annotated[int, Field(ge=1, le=USES_MAX)] | None = None
    uses_per_store: Annotated[int, Field(ge=1, le=USES_MAX)] | None = None


class Message(Written):
    """What the treated are told: a template of `notifications`, and the first of `channels` that reaches them."""

    template: CampaignCode
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=6)]
    values: Annotated[dict[Code, Text], Field(max_length=50)] = {}


class Joint(Written):
    """Two parties, what is claimed at one and redeemed at the other, and how they share the discount."""

    claim_party: PartyCode
    redeem_party: PartyCode
    shares: dict[PartyCode, Share]

    @model_validator(mode="after")
    def _of_the_two(self) -> Self:
        parties = {self.claim_party, self.redeem_party}
        if len(parties) != 2:  # noqa: PLR2004 - joint means two
            msg = "joint.claim_party and joint.redeem_party are the same; a joint promotion has two parties"
            raise ValueError(msg)
        if set(self.shares) != parties or sum(self.shares.values()) != 100:  # noqa: PLR2004 - percent
            msg = "joint.shares must name exactly the two parties and sum to 100 percent"
            raise ValueError(msg)
        return self


class CampaignDraft(Written):
    """A campaign as its author writes it; approved as it stands, and never changed while it runs."""

    code: CampaignCode
    name: dict[Language, Name]
    segment: SegmentCode | None = None
    """None is everybody, also who is not a member."""
    starts_at: AwareDatetime | None = None
    days: int = Field(ge=1, le=366)
    hold_out_percent: int = Field(default=0, ge=0, le=50)
    budget: Budget = Budget()
    offer: Offer
    stacking_group: GroupName = "default"
    message: Message | None = None
    coupon_required: bool = False
    joint: Joint | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if set(self.name) != {"zh-CN", "en"}:
            msg = 'name needs both languages: {"zh-CN": "...", "en": "..."}'
            raise ValueError(msg)
        if self.budget.currency is None and self._names_money():
            msg = "budget.currency is missing; the draft names amounts of money and must say of which currency"
            raise ValueError(msg)
        if self.budget.money_minor is not None and isinstance(self.offer, PointsOffer):
            msg = "budget.money_minor limits discounts, and a points offer gives none; limit its uses instead"
            raise ValueError(msg)
        return self

    def _names_money(self) -> bool:
        offer = self.offer
        return (
            self.budget.money_minor is not None
            or offer.conditions.min_basket_minor is not None
            or isinstance(offer, AmountOffer | FixedPriceOffer)
            or (isinstance(offer, PercentOffer) and offer.max_minor is not None)
        )


class RunningCampaign(Written):
    """An approved campaign as tills meet it; a draft, in a dry run, has no times yet."""

    campaign_id: UUID
    version: int
    definition: CampaignDraft
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    status: str
