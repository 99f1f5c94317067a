"""What a member could use now, before there is a basket: every running campaign, or why it is not for her."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.campaigns.domain.budget.limits import NOTHING_SPENT, limits_of, refusal
from services.campaigns.domain.offers.conditions import WhyNot, why_not_hers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.application.till_ports import TillReads
    from services.campaigns.domain.budget.limits import Limit, Spent
    from services.campaigns.domain.offers.definition import RunningCampaign

NO_STORE = ""
"""No store has this code: what is limited by store is told as a limit, since where she buys is not known yet."""


@dataclass(frozen=True, slots=True)
class MemberOffer:
    """A running campaign as one member meets it. `uses_left` is None where nothing limits her."""

    campaign: RunningCampaign
    why_not: WhyNot | None
    uses_left: int | None


@dataclass(frozen=True, slots=True)
class MemberOffers:
    """Answers in at most four queries, however many campaigns run. Reads only, and holds nothing."""

    reads: TillReads

    def of(self, connection: Connection, customer_id: UUID, at: datetime) -> list[MemberOffer]:
        """Those that she can use come first, and of those the ones that end first."""
        facts = self.reads.facts(connection, NO_STORE, customer_id)
        campaigns = self.reads.campaigns(connection, facts.running)
        wanting = [c.campaign_id for c in campaigns if c.definition.coupon_required]
        coupons = self.reads.coupons(connection, [], customer_id, wanting) if wanting else ()
        joint = any(c.definition.joint for c in campaigns)
        claimed = self.reads.claimed(connection, customer_id, []) if joint else frozenset()
        has = frozenset(coupon.campaign_id for coupon in coupons if coupon.taken_by is None)
        limits = {c.campaign_id: _hers(c, customer_id) for c in campaigns}
        budgets = {limit.budget for each in limits.values() for limit in each}
        spent = self.reads.spent(connection, budgets) if budgets else {}
        found = []
        for campaign in campaigns:
            no = why_not_hers(campaign, facts.buyer, at, claimed=claimed, coupons=has)
            of_limits = limits[campaign.campaign_id]
            used_up = refusal(of_limits, spent, money_minor=1)
            if no is None and used_up is not None:
                no = WhyNot(campaign.campaign_id, campaign.definition.code, *used_up)
            found.append(MemberOffer(campaign, no, _left(of_limits, spent)))
        return sorted(found, key=_place)


def _hers(campaign: RunningCampaign, customer_id: UUID) -> tuple[Limit, ...]:
    return tuple(limit for limit in limits_of(campaign, NO_STORE, customer_id) if limit.of != "store")


def _left(limits: Sequence[Limit], spent: Mapping[str, Spent]) -> int | None:
    left = [
        max(0, limit.uses_max - spent.get(limit.budget, NOTHING_SPENT).uses)
        for limit in limits
        if limit.uses_max is not None
    ]
    return min(left, default=None)


def _place(offer: MemberOffer) -> tuple[bool, float, str]:
    ends = offer.campaign.ends_at
    return offer.why_not is not None, ends.timestamp() if ends else float("inf"), offer.campaign.definition.code
