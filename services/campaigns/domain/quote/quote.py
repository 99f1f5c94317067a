"""The quote: what applies to a basket now, and for each running campaign that does not, why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.campaigns.domain.offers.conditions import WhyNot, why_not
from services.campaigns.domain.stacking.evaluate import Stacking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.campaigns.domain.budget.limits import Spent
    from services.campaigns.domain.offers.basket import Basket, Situation
    from services.campaigns.domain.offers.definition import RunningCampaign
    from services.campaigns.domain.quote.effects import Effect
    from services.campaigns.domain.stacking.tree import StackingTree


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket costs with the offers that apply, in the order of their application."""

    basket: Basket
    effects: tuple[Effect, ...]
    why_not: tuple[WhyNot, ...]

    @property
    def discount_minor(self) -> int:
        """What all offers take off together; never more than the basket's total."""
        return sum(effect.amount_minor for effect in self.effects)


@dataclass(frozen=True, slots=True)
class Policy:
    """The chain's rules for quotes."""

    tree: StackingTree
    points_per_unit: int = 1


def holding(
    campaigns: Sequence[RunningCampaign],
    situation: Situation,
) -> tuple[list[RunningCampaign], list[WhyNot]]:
    """The campaigns whose conditions hold, whatever is left of their budgets; and the reasons of the others."""
    held, refused = [], []
    for campaign in campaigns:
        no = why_not(campaign, situation)
        if no is None:
            held.append(campaign)
        else:
            refused.append(no)
    return held, refused


def quote(
    campaigns: Sequence[RunningCampaign],
    situation: Situation,
    spent: Mapping[str, Spent],
    policy: Policy,
) -> Quote:
    """What applies to the basket; `spent` is what is taken from limits so far, by their names (none: nothing)."""
    held, refused = holding(campaigns, situation)
    stacking = Stacking(situation, spent, policy.points_per_unit)
    applied = stacking.apply(policy.tree, held)
    effects = _with_points(stacking, applied)
    names = {effect.campaign.campaign_id for effect in effects}
    for campaign in held:
        if campaign.campaign_id not in names:
            refused.append(stacking.refused.get(campaign.campaign_id) or _beaten(campaign, effects))
    return Quote(situation.basket, tuple(effects), tuple(sorted(refused, key=lambda no: (no.offer or "", no.code))))


def _with_points(stacking: Stacking, applied: Sequence[Effect]) -> list[Effect]:
    """Points are for what is paid in the end, whichever offer came first."""
    left = {line.line: line.amount_minor for line in stacking.situation.basket.lines}
    for effect in applied:
        for line, minor in effect.lines.items():
            left[line] -= minor
    return [
        effect if effect.points is None else replace(effect, points=stacking.effect(effect.campaign, left).points)
        for effect in applied
    ]


def _beaten(campaign: RunningCampaign, effects: Sequence[Effect]) -> WhyNot:
    # Whatever was never tried, or tried and not chosen, stood behind something that applies.
    group = campaign.definition.stacking_group
    same = [effect for effect in effects if effect.campaign.definition.stacking_group == group]
    rival = (same or effects)[0].campaign.definition.code
    reason = f"{rival} applies, and the two do not go together"
    return WhyNot(campaign.campaign_id, campaign.definition.code, "stacking", reason)
