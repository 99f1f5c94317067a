"""Walks the stacking tree: which of the offers that hold apply, each on what the earlier ones left to pay.

Deterministic: within a group the older campaign comes first, by its start and then by its id; a tie for the best goes
to whoever comes first. A draft that has no start yet comes last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.campaigns.domain.budget.limits import limits_of, refusal
from services.campaigns.domain.offers.conditions import WhyNot, fitting
from services.campaigns.domain.offers.definition import PointsOffer, RunningCampaign
from services.campaigns.domain.offers.points import bonus
from services.campaigns.domain.offers.savings import saving
from services.campaigns.domain.quote.effects import Effect
from services.campaigns.domain.stacking.tree import Group, written_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from services.campaigns.domain.budget.limits import Spent
    from services.campaigns.domain.offers.basket import Situation
    from services.campaigns.domain.stacking.tree import Branch, Mode, StackingTree

Left = dict[int, int]


@dataclass(slots=True)
class Stacking:
    """One walk over the offers that hold. `refused` says why an offer that holds could not be given."""

    situation: Situation
    spent: Mapping[str, Spent]
    points_per_unit: int
    groups: dict[str, list[RunningCampaign]] = field(default_factory=dict)
    refused: dict[UUID, WhyNot] = field(default_factory=dict)

    def apply(self, tree: StackingTree, holding: Sequence[RunningCampaign]) -> list[Effect]:
        """What applies, in the order of application."""
        for campaign in sorted(holding, key=_age):
            self.groups.setdefault(campaign.definition.stacking_group, []).append(campaign)
        left = {line.line: line.amount_minor for line in self.situation.basket.lines}
        return self._node(written_out(tree.root, set(self.groups)), left)

    def _node(self, node: Group | Branch, left: Left) -> list[Effect]:
        if isinstance(node, Group):
            return self._pick(node.pick, self.groups.get(node.group, ()), left)
        return self._pick(node.mode, node.of, left)

    def _pick(
        self, mode: Mode, among: Sequence[RunningCampaign] | Sequence[Group | Branch], left: Left
    ) -> list[Effect]:
        chosen: list[Effect] = []
        for one in among:
            effects = self._try(one, left) if isinstance(one, RunningCampaign) else self._node(one, left)
            match mode:
                case "all":
                    chosen.extend(effects)
                    left = _less(left, effects)
                case "first":
                    if effects:
                        return effects
                case "best":
                    chosen = effects if _worth(effects) > _worth(chosen) else chosen
        return chosen

    def _try(self, campaign: RunningCampaign, left: Left) -> list[Effect]:
        effect = self.effect(campaign, left)
        no = refusal(effect.limits, self.spent, effect.amount_minor)
        if no is None and effect.worth == (0, 0) and not isinstance(campaign.definition.offer, PointsOffer):
            no = "no_saving", "it would take nothing off what is left to pay"
        if no is None:
            return [effect]
        self.refused[campaign.campaign_id] = WhyNot(campaign.campaign_id, campaign.definition.code, *no)
        return []

    def effect(self, campaign: RunningCampaign, left: Left) -> Effect:
        """What `campaign` does to what is `left`, whether it may or not."""
        offer, basket = campaign.definition.offer, self.situation.basket
        lines = fitting(offer.conditions, basket.lines)
        limits = limits_of(campaign, basket.store, self.situation.buyer.customer_id)
        if not isinstance(offer, PointsOffer):
            return Effect(campaign, saving(offer, lines, left), None, limits)
        points = offer.points
        if offer.factor is not None:
            net_minor = sum(left[line.line] for line in lines)
            points = bonus(net_minor, basket.currency, factor=offer.factor, per_unit=self.points_per_unit)
        return Effect(campaign, {line.line: 0 for line in lines}, points, limits)


def _age(campaign: RunningCampaign) -> tuple[bool, float, str]:
    starts_at = campaign.starts_at
    return starts_at is None, starts_at.timestamp() if starts_at else 0.0, str(campaign.campaign_id)


def _worth(effects: Sequence[Effect]) -> tuple[int, int, int]:
    money, points = sum(effect.worth[0] for effect in effects), sum(effect.worth[1] for effect in effects)
    # Something that is worth nothing yet, such as points on a small basket, is still better than nothing.
    return money, points, len(effects) > 0


def _less(left: Left, effects: Sequence[Effect]) -> Left:
    after = dict(left)
    for effect in effects:
        for line, minor in effect.lines.items():
            after[line] -= minor
    return after
