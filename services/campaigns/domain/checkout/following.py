"""Following the sale: a checkout's offers shrink with what comes back, and points go to whose sale it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.checkout.events import SaleFollowed
from services.campaigns.domain.checkout.sale import Sale, discount_left, points_left
from services.campaigns.domain.checkout.values import PointsDue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.campaigns.domain.checkout.commands import FollowSale
    from services.campaigns.domain.checkout.state import Checkout
    from services.campaigns.domain.checkout.values import Use


def follow(command: FollowSale, checkout: Checkout) -> Sequence[SaleFollowed]:
    """What the news change; nothing if they say nothing new, or are of another receipt than the one that came first."""
    before = checkout.sale or Sale(command.receipt_id)
    if before.receipt_id != command.receipt_id:
        return []
    sale = before.after(command, voided=command.voided)
    if sale == before:
        return []
    return [
        SaleFollowed(
            store_id=checkout.store_id,
            business_date=checkout.business_date,
            currency=checkout.currency,
            customer_id=checkout.customer_id,
            receipt_id=command.receipt_id,
            receipt_version=command.receipt_version,
            news=command.news,
            owner=command.owner,
            document=command.document,
            returned=command.returned,
            voids=sale.voided and not before.voided,
            moved_on=command.moved_on,
            uses=tuple(_uses(checkout, sale)),
            points=tuple(_points(checkout, sale)),
        ),
    ]


def _uses(checkout: Checkout, sale: Sale) -> Iterator[Use]:
    named = checkout.receipt_id != sale.receipt_id
    for redemption in checkout.redemptions:
        use = checkout.uses[redemption.redemption_id]
        # What was given back stays given back, whatever a later document says.
        left = min(use.discount_minor, discount_left(redemption, sale))
        given_back = use.discount_minor - left
        if named or given_back:
            yield use.model_copy(
                update={
                    # To name the receipt and to give back are two things to tell.
                    "version": use.version + named + (given_back > 0),
                    "discount_minor": left,
                    "given_back_minor": given_back,
                },
            )


def _points(checkout: Checkout, sale: Sale) -> Iterator[PointsDue]:
    if sale.document_version == 0:
        return
    for redemption in checkout.redemptions:
        if redemption.points is None:
            continue
        told = checkout.points.get(redemption.redemption_id)
        if told is not None and told.customer_id != sale.owner and told.points:
            yield told.model_copy(update={"points": 0})
        points = points_left(redemption, sale, checkout.currency)
        unchanged = told is not None and (told.customer_id, told.points) == (sale.owner, points)
        if sale.owner is not None and not unchanged and (points or told is not None):
            yield PointsDue(
                redemption_id=redemption.redemption_id,
                campaign_id=redemption.campaign_id,
                customer_id=sale.owner,
                points=points,
            )
