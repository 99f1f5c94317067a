"""What a checkout remembers for its decisions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, assert_never
from uuid import UUID

from services.campaigns.domain.checkout.events import (
    CheckoutConfirmed,
    CheckoutEvent,
    CheckoutReleased,
    CheckoutReserved,
    SaleFollowed,
)
from services.campaigns.domain.checkout.sale import Sale
from services.campaigns.domain.checkout.values import CheckoutStatus, PointsDue, Redemption, Use


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout. `uses` and `points` are what was told last, by redemption."""

    status: CheckoutStatus | Literal["none"] = "none"
    store_id: str = ""
    business_date: date = date.min
    currency: str = ""
    customer_id: UUID | None = None
    request_hash: str = ""
    reserved_until: datetime | None = None
    redemptions: tuple[Redemption, ...] = ()
    receipt_id: UUID | None = None
    sale: Sale | None = None
    uses: dict[UUID, Use] = field(default_factory=dict)
    points: dict[UUID, PointsDue] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether its uses are taken."""
        return self.status in {"reserved", "confirmed"}


def evolve(checkout: Checkout, event: CheckoutEvent) -> Checkout:
    """The checkout after `event`."""
    match event:
        case CheckoutReserved():
            return Checkout(
                status="reserved",
                store_id=event.store_id,
                business_date=event.business_date,
                currency=event.currency,
                customer_id=event.customer_id,
                request_hash=event.request_hash,
                reserved_until=event.reserved_until,
                redemptions=event.redemptions,
            )
        case CheckoutReleased():
            return replace(checkout, status=event.reason)
        case CheckoutConfirmed():
            uses = {use.redemption_id: use for use in event.uses}
            return replace(checkout, status="confirmed", receipt_id=event.receipt_id, uses=uses)
        case SaleFollowed():
            sale = checkout.sale or Sale(event.receipt_id)
            return replace(
                checkout,
                receipt_id=event.receipt_id,
                sale=sale.after(event, voided=event.voids),
                uses={**checkout.uses, **{use.redemption_id: use for use in event.uses}},
                points={**checkout.points, **{due.redemption_id: due for due in event.points}},
            )
        case _:
            assert_never(event)
