"""What happens to a checkout. The stream is `checkout-<id>`; the member is a pseudonym, amounts are minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from services.campaigns.domain.checkout.values import PointsDue, Redemption, ReturnedPart, SoldLine, Use
from shared.kernel.messages import DomainEvent

SaleNews = Literal["document", "returned", "voided", "detached"]


class CheckoutFact(DomainEvent):
    """Where and for whom a checkout is, in every event that others hear of."""

    store_id: str
    business_date: date
    currency: str
    customer_id: UUID | None


class CheckoutReserved(CheckoutFact):
    """The offers of a basket are held for it until `reserved_until`; their uses and money are taken."""

    type: ClassVar[str] = "checkout_reserved"

    till_id: str
    total_minor: int
    request_hash: str
    """Of what was asked for: the same again changes nothing."""
    reserved_until: datetime
    redemptions: tuple[Redemption, ...]


class CheckoutReleased(DomainEvent):
    """It came to nothing, or its time was over: what was taken is given back."""

    type: ClassVar[str] = "checkout_released"

    reason: Literal["released", "expired"]


class CheckoutConfirmed(CheckoutFact):
    """It was paid. `late`: its time was over, and its uses were taken again, or stand over the limit."""

    type: ClassVar[str] = "checkout_confirmed"

    receipt_id: UUID | None
    late: bool
    uses: tuple[Use, ...]


class SaleFollowed(CheckoutFact):
    """There is news of the sale: `uses` and `points` are those that it changes.

    `voids`: with this the sale was cancelled, and its uses and coupons are good again.
    """

    type: ClassVar[str] = "sale_followed"

    receipt_id: UUID
    receipt_version: int
    news: SaleNews
    owner: UUID | None
    """Whose sale it is, as these news say; of `detached`, whose it is not any more."""
    document: tuple[SoldLine, ...] | None
    returned: tuple[ReturnedPart, ...]
    voids: bool
    moved_on: date
    """The day of the sale, or of the return."""
    uses: tuple[Use, ...]
    points: tuple[PointsDue, ...]


CheckoutEvent = CheckoutReserved | CheckoutReleased | CheckoutConfirmed | SaleFollowed
