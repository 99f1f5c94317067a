"""The limits of a campaign: how much of each is spent, and whether another use fits.

Each limit is a stream of its own: the campaign's, one per member, one per store. So a campaign that only limits
members has no stream on which all tills would queue, and a campaign without limits has none at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.campaigns.domain.offers.definition import RunningCampaign
    from services.campaigns.domain.offers.reasons import WhyNotCode

LimitOf = Literal["campaign", "member", "store"]


class Limit(BaseModel):
    """One limit that a use of a campaign counts against. `budget` names its stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    budget: str
    of: LimitOf
    uses_max: int | None = None
    money_minor_max: int | None = None


class Spent(NamedTuple):
    """What is taken from a limit, whether confirmed or only reserved."""

    uses: int = 0
    money_minor: int = 0


NOTHING_SPENT = Spent()


def limits_of(campaign: RunningCampaign, store: str, customer_id: UUID | None) -> tuple[Limit, ...]:
    """The limits that a use in `store` by `customer_id` counts against."""
    budget, id_ = campaign.definition.budget, str(campaign.campaign_id)
    limits = []
    if budget.uses is not None or budget.money_minor is not None:
        limits.append(Limit(budget=id_, of="campaign", uses_max=budget.uses, money_minor_max=budget.money_minor))
    if budget.uses_per_member is not None and customer_id is not None:
        limits.append(Limit(budget=f"{id_}.member.{customer_id}", of="member", uses_max=budget.uses_per_member))
    if budget.uses_per_store is not None:
        limits.append(Limit(budget=f"{id_}.store.{store}", of="store", uses_max=budget.uses_per_store))
    return tuple(limits)


def refusal(limits: Sequence[Limit], spent: Mapping[str, Spent], money_minor: int) -> tuple[WhyNotCode, str] | None:
    """Why one more use that costs `money_minor` does not fit, as a code and in words; None if it fits."""
    for limit in limits:
        taken = spent.get(limit.budget, NOTHING_SPENT)
        if limit.uses_max is not None and taken.uses >= limit.uses_max:
            return _CODES[limit.of], _WORDS[limit.of].format(uses=limit.uses_max)
        if limit.money_minor_max is not None and taken.money_minor + money_minor > limit.money_minor_max:
            return "money_used_up", "what is left of the budget's money is less than what it would save here"
    return None


_CODES: dict[LimitOf, WhyNotCode] = {"campaign": "used_up", "member": "member_limit", "store": "store_limit"}
_WORDS: dict[LimitOf, str] = {
    "campaign": "used up: all {uses} uses are taken",
    "member": "the member has had it {uses} times, which is the most",
    "store": "the store has given it {uses} times, which is the most",
}
