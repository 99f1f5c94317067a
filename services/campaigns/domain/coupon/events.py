"""What happens to coupons: their issue in batches (`coupon_batch-<id>`), and the use of each (`coupon-<hash>`)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.kernel.messages import DomainEvent


class CouponsIssued(DomainEvent):
    """Coupons of a campaign are good from now on, by the hashes of their codes; `customers` are whose they are."""

    type: ClassVar[str] = "coupons_issued"

    campaign_id: UUID
    coupons: Annotated[tuple[str, ...], Field(min_length=1)]
    customers: tuple[UUID, ...] = ()


class CouponTaken(DomainEvent):
    """A checkout has it: nobody else can."""

    type: ClassVar[str] = "coupon_taken"

    checkout_id: UUID


class CouponFreed(DomainEvent):
    """The checkout that had it came to nothing: it is good again."""

    type: ClassVar[str] = "coupon_freed"

    checkout_id: UUID


CouponEvent = CouponTaken | CouponFreed
