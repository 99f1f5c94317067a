"""What a checkout keeps of the offers that it uses, and of the sale that it became."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.campaigns.domain.budget.limits import Limit

CheckoutStatus = Literal["reserved", "confirmed", "released", "expired"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LineShare(_Value):
    """What an offer takes off one line; 0 on each line that a points offer is for."""

    line: int
    amount_minor: int


class Funding(_Value):
    """Who bears the discount of a joint promotion, in percent, and at whose till it is given."""

    redeemed_by: str
    shares: dict[str, Decimal]


class Redemption(_Value):
    """One campaign's offer in one checkout, with all that is needed later, whatever becomes of the campaign."""

    redemption_id: UUID
    campaign_id: UUID
    campaign_version: int
    offer: str
    kind: str
    name: dict[str, str]
    reason: str
    amount_minor: int
    lines: tuple[LineShare, ...]
    points_factor: Decimal | None = None
    points: int | None = None
    """Those of the offer, or what its factor was expected to give."""
    points_per_unit: int = 1
    limits: tuple[Limit, ...] = ()
    coupon: str | None = None
    funding: Funding | None = None


class Use(_Value):
    """How a redemption stands after an event. `version` grows with everything that is told of it."""

    redemption_id: UUID
    version: int
    campaign_id: UUID
    campaign_version: int
    offer: str
    discount_minor: int
    given_back_minor: int = 0
    """By how much less it is than before."""
    over_limit: bool = False
    funding: Funding | None = None


class PointsDue(_Value):
    """What a member has from a points offer of this sale from now on."""

    redemption_id: UUID
    campaign_id: UUID
    customer_id: UUID
    points: int


class SoldLine(_Value):
    """A line of the sale, with what came back of it."""

    line: int
    quantity: Decimal
    amount_minor: int
    returned_quantity: Decimal = Decimal(0)
    returned_minor: int = 0


class ReturnedPart(_Value):
    """What came back of a line in one return."""

    line: int
    quantity: Decimal
    amount_minor: int
