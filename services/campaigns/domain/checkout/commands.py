"""What a checkout can be asked to do. Effects are computed, and what still fits is looked up, under the locks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.campaigns.domain.checkout.events import SaleNews
from services.campaigns.domain.checkout.values import Redemption, ReturnedPart, SoldLine
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class ReserveCheckout(Command):
    """Hold `redemptions` until `reserved_until`."""

    checkout_id: UUID
    store_id: str
    till_id: str
    business_date: date
    currency: str
    customer_id: UUID | None
    total_minor: int
    request_hash: str
    reserved_until: datetime
    redemptions: tuple[Redemption, ...]


@dataclass(frozen=True, slots=True)
class ConfirmCheckout(Command):
    """It was paid. `fits` are the redemptions that can be taken again if its time was over."""

    checkout_id: UUID
    receipt_id: UUID | None
    fits: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class ReleaseCheckout(Command):
    """The till gives it up."""

    checkout_id: UUID


@dataclass(frozen=True, slots=True)
class ExpireCheckout(Command):
    """Give back what is held, if its time is over."""

    checkout_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class FollowSale(Command):
    """News of the sale that this checkout became; versions may come in any order and more than once."""

    receipt_id: UUID
    receipt_version: int
    news: SaleNews
    owner: UUID | None
    document: tuple[SoldLine, ...] | None
    returned: tuple[ReturnedPart, ...]
    voided: bool
    moved_on: date
    fits: frozenset[UUID]


CheckoutCommand = ReserveCheckout | ConfirmCheckout | ReleaseCheckout | ExpireCheckout | FollowSale
