"""What each kind of offer takes off each line, of what earlier offers left of it.

Rounding: a discount is floored to the minor unit, in the chain's favour, and split over its lines by the largest
remainder, so that the lines sum to it. No line goes below zero. Everything goes by the lines' numbers, so their order
in the basket means nothing.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, assert_never

from services.campaigns.domain.offers.definition import (
    AmountOffer,
    BuyGetOffer,
    FixedPriceOffer,
    PercentOffer,
)
from services.campaigns.domain.offers.shares import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.campaigns.domain.offers.basket import Line
    from services.campaigns.domain.offers.definition import MoneyOffer

PERCENT = 100


def saving(offer: MoneyOffer, lines: Sequence[Line], left: Mapping[int, int]) -> dict[int, int]:
    """What `offer` takes off each of `lines`, of which `left` is left to pay; lines that save nothing are not in it."""
    base = {line.line: left[line.line] for line in lines}
    match offer:
        case PercentOffer():
            off = int(sum(base.values()) * Fraction(offer.percent) / PERCENT)
            shares = split(off if offer.max_minor is None else min(off, offer.max_minor), base)
        case AmountOffer():
            shares = split(min(offer.amount_minor, sum(base.values())), base)
        case FixedPriceOffer():
            shares = {line.line: max(0, base[line.line] - ceil(offer.price_minor * line.quantity)) for line in lines}
        case BuyGetOffer():
            shares = _buy_get(offer, lines, base)
        case _:
            assert_never(offer)
    return {line: minor for line, minor in shares.items() if minor > 0}


def _buy_get(offer: BuyGetOffer, lines: Sequence[Line], base: Mapping[int, int]) -> dict[int, int]:
    # What is weighed has no pieces.
    pieces = [line for line in lines if line.quantity > 0 and line.quantity == line.quantity.to_integral_value()]
    sets: dict[str, list[Line]] = {}
    for line in pieces:
        sets.setdefault(line.product if offer.same == "product" else "", []).append(line)
    shares: dict[int, int] = {}
    for members in sets.values():
        shares.update(_cheapest_off(offer, members, base))
    return shares


def _cheapest_off(offer: BuyGetOffer, lines: Sequence[Line], base: Mapping[int, int]) -> dict[int, int]:
    """Counts by lines, not by pieces: a line of a million costs what a line of one does."""
    count = sum(int(line.quantity) for line in lines)
    due = count // (offer.buy + offer.get) * offer.get
    shares: dict[int, int] = {}
    for line in sorted(lines, key=lambda line: (Fraction(base[line.line]) / int(line.quantity), line.line)):
        taken = min(due, int(line.quantity))
        due -= taken
        off = Fraction(base[line.line] * taken, int(line.quantity)) * Fraction(offer.percent_off) / PERCENT
        shares[line.line] = int(off)
    return shares
