"""What a checkout's events ask of the limits and coupons that it uses: in the same transaction, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from services.campaigns.domain.budget.decider import GiveBackToBudget, TakeFromBudget, budget_stream
from services.campaigns.domain.checkout.events import (
    CheckoutConfirmed,
    CheckoutEvent,
    CheckoutReleased,
    CheckoutReserved,
    SaleFollowed,
)
from services.campaigns.domain.coupon.decider import FreeCoupon, TakeCoupon, coupon_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from services.campaigns.domain.checkout.state import Checkout
    from services.campaigns.domain.checkout.values import Redemption
    from shared.kernel.decider import StreamId
    from shared.kernel.messages import Command


class Consequence(NamedTuple):
    """A command for another stream."""

    stream: StreamId
    command: Command


def streams_of(redemptions: Sequence[Redemption]) -> list[StreamId]:
    """All limits and coupons that `redemptions` use."""
    budgets = [budget_stream(limit.budget) for redemption in redemptions for limit in redemption.limits]
    return budgets + [coupon_stream(redemption.coupon) for redemption in redemptions if redemption.coupon is not None]


def consequences(checkout_id: UUID, event: CheckoutEvent, checkout: Checkout) -> Iterator[Consequence]:
    """What follows from `event`, of a checkout as it stands after it."""
    match event:
        case CheckoutReserved():
            for redemption in event.redemptions:
                yield from _take(checkout_id, redemption, over_limit=False)
        case CheckoutReleased():
            for redemption in checkout.redemptions:
                yield from _give_back(redemption, 1, redemption.amount_minor, over_limit=False)
                yield from _free(checkout_id, redemption)
        case CheckoutConfirmed():
            for redemption in checkout.redemptions if event.late else ():
                over_limit = checkout.uses[redemption.redemption_id].over_limit
                yield from _take(checkout_id, redemption, over_limit=over_limit)
        case SaleFollowed():
            yield from _follow(checkout_id, event, checkout)
        case _:
            assert_never(event)


def _follow(checkout_id: UUID, event: SaleFollowed, checkout: Checkout) -> Iterator[Consequence]:
    given_back = {use.redemption_id: use.given_back_minor for use in event.uses}
    for redemption in checkout.redemptions:
        money = given_back.get(redemption.redemption_id, 0)
        # A return gives its money back and keeps the use: a coupon is not good again because half of the basket was
        # returned. A sale that was voided is as if it had not been.
        if money or event.voids:
            over_limit = checkout.uses[redemption.redemption_id].over_limit
            yield from _give_back(redemption, int(event.voids), money, over_limit=over_limit)
        if event.voids:
            yield from _free(checkout_id, redemption)


def _take(checkout_id: UUID, redemption: Redemption, *, over_limit: bool) -> Iterator[Consequence]:
    for limit in redemption.limits:
        command = TakeFromBudget(redemption.redemption_id, limit, redemption.amount_minor, over_limit)
        yield Consequence(budget_stream(limit.budget), command)
    if redemption.coupon is not None and not over_limit:
        yield Consequence(coupon_stream(redemption.coupon), TakeCoupon(checkout_id))


def _give_back(redemption: Redemption, uses: int, money_minor: int, *, over_limit: bool) -> Iterator[Consequence]:
    for limit in redemption.limits:
        command = GiveBackToBudget(redemption.redemption_id, uses, money_minor, over_limit)
        yield Consequence(budget_stream(limit.budget), command)


def _free(checkout_id: UUID, redemption: Redemption) -> Iterator[Consequence]:
    if redemption.coupon is not None:
        yield Consequence(coupon_stream(redemption.coupon), FreeCoupon(checkout_id))
