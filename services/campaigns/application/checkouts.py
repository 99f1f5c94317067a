"""Checkouts as tills ask for them: reserve, then confirm or release. Every call may be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.application.desk import Desk
from services.campaigns.application.redeeming import redemption_of
from services.campaigns.domain.budget.decider import budget_stream
from services.campaigns.domain.budget.limits import limits_of
from services.campaigns.domain.checkout.commands import ConfirmCheckout, ReleaseCheckout, ReserveCheckout
from services.campaigns.domain.checkout.decider import check_again, checkout_stream
from services.campaigns.domain.coupon.decider import coupon_stream
from services.campaigns.domain.quote.quote import holding, quote
from shared.kernel.failpoints import failpoint

if TYPE_CHECKING:
    from datetime import timedelta
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.application.situations import Looked, Question, Situations
    from services.campaigns.domain.offers.conditions import WhyNot
    from services.campaigns.domain.quote.quote import Policy
    from shared.commands.handler import CommandHandler
    from shared.kernel.decider import StreamId
    from shared.kernel.messages import Cause


class Checkouts:
    """Gives commands to checkouts, and to the limits and coupons that they use."""

    def __init__(self, handler: CommandHandler, situations: Situations, policy: Policy) -> None:
        self._handler = handler
        self._situations = situations
        self._policy = policy

    def reserve(
        self,
        connection: Connection,
        cause: Cause,
        checkout_id: UUID,
        question: Question,
        *,
        request_hash: str,
        held_for: timedelta,
    ) -> tuple[WhyNot, ...]:
        """Holds what applies to the basket, and says why the rest does not.

        Raises `CheckoutIdTaken` for an id that stands for another basket, `CheckoutIsOver` for one that has ended.
        """
        looked = self._situations.look(connection, question)
        desk = Desk(self._handler, connection)
        # Limits and coupons are locked before what is left of them is read, all of them at once and in one order. So
        # of many tills for the last use each sees what the one before left, and no two wait for each other.
        desk.lock([checkout_stream(checkout_id), *self._wanted(looked, question)])
        checkout = desk.checkout(checkout_id)
        if checkout.status != "none":
            check_again(checkout_id, checkout, request_hash)
            return ()
        looked = looked.without({
            coupon
            for coupon in looked.coupons.values()
            if desk.state(coupon_stream(coupon)).taken_by is not None
        })  # fmt: skip
        held, _ = holding(looked.campaigns, looked.situation)
        spent = {
            limit.budget: desk.state(budget_stream(limit.budget)).spent
            for campaign in held
            for limit in limits_of(campaign, question.basket.store, question.customer_id)
        }
        found = quote(looked.campaigns, looked.situation, spent, self._policy)
        command = ReserveCheckout(
            checkout_id=checkout_id,
            store_id=question.basket.store,
            till_id=question.basket.till,
            business_date=question.basket.business_date,
            currency=question.basket.currency,
            customer_id=question.customer_id,
            total_minor=question.basket.total_minor,
            request_hash=request_hash,
            reserved_until=cause.occurred_at + held_for,
            redemptions=tuple(
                redemption_of(
                    checkout_id,
                    effect,
                    question.basket.currency,
                    points_per_unit=self._policy.points_per_unit,
                    coupon=looked.coupons.get(effect.campaign.campaign_id),
                )
                for effect in found.effects
            ),
        )
        desk.give(checkout_id, command, cause)
        _written(desk)
        return (*looked.why_not, *found.why_not)

    def confirm(self, connection: Connection, cause: Cause, checkout_id: UUID, receipt_id: UUID | None) -> None:
        """Marks it as paid, also when its time was over. Raises `CheckoutNotFound`."""
        desk = Desk(self._handler, connection)
        desk.open([checkout_id])
        command = ConfirmCheckout(checkout_id, receipt_id, desk.fits(checkout_id))
        desk.give(checkout_id, command, cause)
        _written(desk)

    def release(self, connection: Connection, cause: Cause, checkout_id: UUID) -> None:
        """Gives everything back. Raises `CheckoutNotFound`, `CheckoutIsConfirmed`."""
        desk = Desk(self._handler, connection)
        desk.open([checkout_id])
        desk.give(checkout_id, ReleaseCheckout(checkout_id), cause)
        _written(desk)

    def _wanted(self, looked: Looked, question: Question) -> list[StreamId]:
        # Whether conditions hold does not depend on what is left, so nothing else can come to apply under the locks.
        held, _ = holding(looked.campaigns, looked.situation)
        limits = [
            budget_stream(limit.budget)
            for campaign in held
            for limit in limits_of(campaign, question.basket.store, question.customer_id)
        ]
        return limits + [coupon_stream(coupon) for coupon in looked.coupons.values()]


def _written(desk: Desk) -> None:
    for decision in desk.write():
        decision.unwrap()
    failpoint("checkout.before_commit")
