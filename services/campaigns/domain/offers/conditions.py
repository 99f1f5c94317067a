"""Whether an offer holds for a basket: the lines that it is for, or the first reason why not.

A reason is a stable code and words for people; where several would be true the one that the till can do least about
comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from services.campaigns.domain.offers.basket import GLOBAL
from services.campaigns.domain.offers.definition import PointsOffer
from shared.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from services.campaigns.domain.offers.basket import Buyer, Line, Situation
    from services.campaigns.domain.offers.definition import Conditions, Hours, RunningCampaign
    from services.campaigns.domain.offers.reasons import WhyNotCode


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an offer does not apply. No campaign: a coupon that belongs to none."""

    campaign_id: UUID | None
    offer: str | None
    code: WhyNotCode
    reason: str


def why_not(campaign: RunningCampaign, situation: Situation) -> WhyNot | None:
    """The first reason against the offer of `campaign`; None if it holds."""
    for code, reason in _reasons(campaign, situation):
        return WhyNot(campaign.campaign_id, campaign.definition.code, code, reason)
    return None


def why_not_hers(
    campaign: RunningCampaign,
    buyer: Buyer,
    at: datetime,
    *,
    claimed: frozenset[UUID],
    coupons: frozenset[UUID],
) -> WhyNot | None:
    """The first reason for which a member cannot use an offer whatever she buys, wherever; None if there is none.

    `claimed` and `coupons` are the campaigns that she claimed, and for which she has a coupon of her own.
    """
    for code, reason in chain(
        _of_time(campaign, at), _of_the_buyer(campaign, buyer), _of_what_she_has(campaign, claimed, coupons)
    ):
        return WhyNot(campaign.campaign_id, campaign.definition.code, code, reason)
    return None


def fitting(conditions: Conditions, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines that an offer is for, in the order of their numbers."""
    every = not conditions.products and not conditions.categories
    return tuple(
        sorted(
            (
                line
                for line in lines
                if line.product not in conditions.excluded_set
                and (every or line.product in conditions.product_set or line.category in conditions.category_set)
            ),
            key=lambda line: line.line,
        ),
    )


def _reasons(campaign: RunningCampaign, situation: Situation) -> Iterator[tuple[WhyNotCode, str]]:
    yield from _of_time_and_place(campaign, situation)
    yield from _of_the_buyer(campaign, situation.buyer)
    definition = campaign.definition
    conditions, basket = definition.offer.conditions, situation.basket
    if not fitting(conditions, basket.lines):
        yield "no_fitting_line", "nothing in the basket is what the offer is for"
    if conditions.min_basket_minor is not None and basket.total_minor < conditions.min_basket_minor:
        least, worth = (Money(minor, basket.currency) for minor in (conditions.min_basket_minor, basket.total_minor))
        yield "basket_too_small", f"the basket is worth {worth}, the offer begins at {least}"
    if definition.joint is not None and situation.party != definition.joint.redeem_party:
        yield "other_party_redeems", f"it is redeemed at {definition.joint.redeem_party}"
    yield from _of_what_she_has(campaign, situation.claimed, situation.coupons)


def _of_what_she_has(
    campaign: RunningCampaign,
    claimed: frozenset[UUID],
    coupons: frozenset[UUID],
) -> Iterator[tuple[WhyNotCode, str]]:
    definition = campaign.definition
    if definition.joint is not None and campaign.campaign_id not in claimed:
        yield "not_claimed", f"it was not claimed at {definition.joint.claim_party}"
    if definition.coupon_required and campaign.campaign_id not in coupons:
        yield "coupon_needed", "the offer needs a coupon of its own"


def _of_time(campaign: RunningCampaign, at: datetime) -> Iterator[tuple[WhyNotCode, str]]:
    if campaign.starts_at is not None and at < campaign.starts_at:
        yield "not_started", f"it begins at {campaign.starts_at.isoformat()}"
    if campaign.ends_at is not None and at >= campaign.ends_at:
        yield "over", f"it ended at {campaign.ends_at.isoformat()}"


def _of_time_and_place(campaign: RunningCampaign, situation: Situation) -> Iterator[tuple[WhyNotCode, str]]:
    basket, conditions = situation.basket, campaign.definition.offer.conditions
    yield from _of_time(campaign, basket.at)
    currency = campaign.definition.budget.currency
    if currency is not None and currency != basket.currency:
        yield "other_currency", f"it is in {currency}, the basket in {basket.currency}"
    here = basket.store in conditions.stores or situation.region in conditions.regions
    if (conditions.stores or conditions.regions) and not here:
        yield "other_store", f"it is not for store {basket.store}"
    if conditions.hours and not any(_within(hours, basket.at) for hours in conditions.hours):
        yield "other_hours", f"it is not for this time of the week, {basket.at:%A %H:%M}"


def _of_the_buyer(campaign: RunningCampaign, buyer: Buyer) -> Iterator[tuple[WhyNotCode, str]]:
    definition = campaign.definition
    conditions = definition.offer.conditions
    if buyer.customer_id is None:
        if _is_for_members(campaign):
            yield "member_needed", "it is for members; ask for the card or the number"
        return
    own = buyer.arms.get(str(campaign.campaign_id))
    if own == "held_out" or buyer.arms.get(GLOBAL) == "held_out":
        yield "held_out", "the member is held out, so that the campaign's effect can be measured"
    # Whoever was treated keeps the offer although she may have left the segment since, by buying for example. Who
    # came later, or may not be written to, is in no arm and may use it at the till all the same.
    if definition.segment is not None and own is None and definition.segment not in buyer.segments:
        yield "not_in_segment", f"the member is not in the segment {definition.segment}"
    if conditions.segment is not None and conditions.segment not in buyer.segments:
        yield "not_in_segment", f"the member is not in the segment {conditions.segment}"
    if conditions.first_purchase and buyer.bought_before:
        yield "not_first_purchase", "the member has bought before"


def _is_for_members(campaign: RunningCampaign) -> bool:
    definition = campaign.definition
    conditions = definition.offer.conditions
    return (
        definition.segment is not None
        or conditions.segment is not None
        or conditions.first_purchase
        or definition.budget.uses_per_member is not None
        or isinstance(definition.offer, PointsOffer)
    )


def _within(hours: Hours, at: datetime) -> bool:
    now = at.time()
    if hours.starts < hours.until:
        return at.isoweekday() in hours.weekdays and hours.starts <= now < hours.until
    # Over midnight: the early hours belong to the weekday on which it began.
    began = at if now >= hours.starts else at - timedelta(days=1)
    return began.isoweekday() in hours.weekdays and (now >= hours.starts or now < hours.until)
