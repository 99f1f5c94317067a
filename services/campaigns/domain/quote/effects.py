"""What an offer does to a basket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from services.campaigns.domain.offers.definition import (
    AmountOffer,
    BuyGetOffer,
    FixedPriceOffer,
    PercentOffer,
    PointsOffer,
)
from shared.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.campaigns.domain.budget.limits import Limit
    from services.campaigns.domain.offers.definition import Offer, RunningCampaign


@dataclass(frozen=True, slots=True)
class Effect:
    """One offer that applies: what it takes off each line, or which lines it gives points for.

    The amounts of `lines` sum to `amount_minor`; those of a points offer are 0.
    """

    campaign: RunningCampaign
    lines: Mapping[int, int]
    points: int | None
    limits: tuple[Limit, ...]

    @property
    def amount_minor(self) -> int:
        """What it takes off the basket."""
        return sum(self.lines.values())

    @property
    def worth(self) -> tuple[int, int]:
        """What the best is chosen by: money first, then points."""
        return self.amount_minor, self.points or 0


def in_words(offer: Offer, currency: str) -> str:
    """What an effect is for: `20 % off`."""
    match offer:
        case PercentOffer():
            most = "" if offer.max_minor is None else f", at most {Money(offer.max_minor, currency)}"
            words = f"{offer.percent:f} % off{most}"
        case AmountOffer():
            words = f"{Money(offer.amount_minor, currency)} off"
        case FixedPriceOffer():
            words = f"each for {Money(offer.price_minor, currency)}"
        case BuyGetOffer():
            words = f"of every {offer.buy + offer.get} the {offer.get} cheapest {offer.percent_off:f} % off"
        case PointsOffer():
            words = f"{offer.points} points more" if offer.factor is None else f"{offer.factor:f} times the points"
        case _:
            assert_never(offer)
    return words
