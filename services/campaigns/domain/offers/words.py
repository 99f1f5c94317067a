"""Offers in Chinese, for those who stand at a counter. The English is where effects are made."""

from __future__ import annotations

from decimal import Decimal
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
    from services.campaigns.domain.offers.definition import Offer


def in_chinese(offer: Offer, currency: str) -> str:
    """What an offer is, as a shop's sign says it: `8折`."""
    match offer:
        case PercentOffer():
            most = "" if offer.max_minor is None else f", 最高减 {Money(offer.max_minor, currency)}"
            words = f"{_paid(offer.percent)}{most}"
        case AmountOffer():
            words = f"立减 {Money(offer.amount_minor, currency)}"
        case FixedPriceOffer():
            words = f"每件 {Money(offer.price_minor, currency)}"
        case BuyGetOffer():
            given = f"买{offer.buy}送{offer.get}"
            cheaper = f"每{offer.buy + offer.get}件中最便宜的{offer.get}件{_paid(offer.percent_off)}"
            words = given if offer.percent_off == _ALL else cheaper
        case PointsOffer():
            words = f"额外{offer.points}积分" if offer.factor is None else f"{_plain(offer.factor)}倍积分"
        case _:
            assert_never(offer)
    return words


_ALL = Decimal(100)


def _paid(percent_off: Decimal) -> str:
    """A Chinese discount names tenths of what is paid: 20 % off is 8折."""
    return "免费" if percent_off == _ALL else f"{_plain((_ALL - percent_off) / 10)}折"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
