"""What a checkout decides: reserve, then confirm, release, or run out; a sale that happened is never refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never, get_args

from services.campaigns.domain.checkout.commands import (
    CheckoutCommand,
    ConfirmCheckout,
    ExpireCheckout,
    FollowSale,
    ReleaseCheckout,
    ReserveCheckout,
)
from services.campaigns.domain.checkout.errors import (
    CheckoutIdTaken,
    CheckoutIsConfirmed,
    CheckoutIsOver,
    CheckoutNotFound,
)
from services.campaigns.domain.checkout.events import (
    CheckoutConfirmed,
    CheckoutEvent,
    CheckoutReleased,
    CheckoutReserved,
)
from services.campaigns.domain.checkout.following import follow
from services.campaigns.domain.checkout.state import Checkout, evolve
from services.campaigns.domain.checkout.values import Use
from shared.kernel.decider import Decider, StreamId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

CATEGORY = "checkout"


def checkout_stream(checkout_id: UUID) -> StreamId:
    """The stream of a checkout."""
    return StreamId(CATEGORY, str(checkout_id))


def decide(command: CheckoutCommand, checkout: Checkout) -> Sequence[CheckoutEvent]:
    """The events that follow from `command`; none if it asks for what already is."""
    match command:
        case ReserveCheckout():
            return _reserve(command, checkout)
        case ConfirmCheckout():
            if checkout.status == "none":
                raise not_found(command.checkout_id)
            return _confirm(checkout, command.receipt_id, command.fits)
        case ReleaseCheckout():
            return _release(command, checkout)
        case ExpireCheckout(now=now):
            until = checkout.reserved_until
            over = checkout.status == "reserved" and until is not None and until <= now
            return [CheckoutReleased(reason="expired")] if over else []
        case FollowSale():
            # Checkouts of loyalty alone have an id that nothing was reserved under here.
            if checkout.status == "none":
                return []
            confirmed = _confirm(checkout, command.receipt_id, command.fits)
            return [*confirmed, *follow(command, CHECKOUT.fold(confirmed, checkout))]
        case _:
            assert_never(command)


def _reserve(command: ReserveCheckout, checkout: Checkout) -> Sequence[CheckoutEvent]:
    if checkout.status != "none":
        check_again(command.checkout_id, checkout, command.request_hash)
        return []
    return [
        CheckoutReserved(
            store_id=command.store_id,
            till_id=command.till_id,
            business_date=command.business_date,
            currency=command.currency,
            customer_id=command.customer_id,
            total_minor=command.total_minor,
            request_hash=command.request_hash,
            reserved_until=command.reserved_until,
            redemptions=command.redemptions,
        ),
    ]


def check_again(checkout_id: UUID, checkout: Checkout, request_hash: str) -> None:
    """For a reservation that is there already: it must be of the same basket, and not be over."""
    if checkout.request_hash != request_hash:
        raise CheckoutIdTaken(
            f"checkout_id {checkout_id} stands for another basket; release it and make a new id for this one",
            checkout_id=str(checkout_id),
        )
    if not checkout.holds:
        raise CheckoutIsOver(
            f"checkout {checkout_id} was {checkout.status}; reserve again under a new checkout_id",
            checkout_id=str(checkout_id),
        )


def _confirm(checkout: Checkout, receipt_id: UUID | None, fits: frozenset[UUID]) -> Sequence[CheckoutEvent]:
    if checkout.status == "confirmed":
        return []
    late = checkout.status != "reserved"
    return [
        CheckoutConfirmed(
            store_id=checkout.store_id,
            business_date=checkout.business_date,
            currency=checkout.currency,
            customer_id=checkout.customer_id,
            receipt_id=receipt_id,
            late=late,
            uses=tuple(
                Use(
                    redemption_id=redemption.redemption_id,
                    version=1,
                    campaign_id=redemption.campaign_id,
                    campaign_version=redemption.campaign_version,
                    offer=redemption.offer,
                    discount_minor=redemption.amount_minor,
                    over_limit=late and redemption.redemption_id not in fits,
                    funding=redemption.funding,
                )
                for redemption in checkout.redemptions
            ),
        ),
    ]


def _release(command: ReleaseCheckout, checkout: Checkout) -> Sequence[CheckoutEvent]:
    match checkout.status:
        case "none":
            raise not_found(command.checkout_id)
        case "confirmed":
            raise CheckoutIsConfirmed(
                f"checkout {command.checkout_id} was paid; return its lines or void its receipt instead",
                checkout_id=str(command.checkout_id),
            )
        case "reserved":
            return [CheckoutReleased(reason="released")]
        case "released" | "expired":
            return []


def not_found(checkout_id: UUID) -> CheckoutNotFound:
    """Nothing is known under this id, to this caller."""
    return CheckoutNotFound(f"no checkout {checkout_id}; reserve it first", checkout_id=str(checkout_id))


CHECKOUT: Decider[CheckoutCommand, CheckoutEvent, Checkout] = Decider(
    category=CATEGORY,
    state_type=Checkout,
    events=get_args(CheckoutEvent),
    initial_state=Checkout,
    decide=decide,
    evolve=evolve,
)
