"""Twenty campaigns and baskets of ten lines, from a seed, and what each basket saves: by plain arithmetic of our own.

Each campaign is about one product, and every product has one campaign at most: whoever applies them in whatever order
and by whatever rules of stacking has to come to the same sum. Amounts are such that no rule of rounding matters.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["percent", "amount", "buy_x_get_y", "fixed_price"]
KINDS: tuple[Kind, ...] = ("percent", "amount", "buy_x_get_y", "fixed_price")
CAMPAIGNS = 20
PLAIN_PRODUCTS = 20
"""Which no campaign is about."""
LINES = 10
OFFERED_LINES = 6
PIECES = 3
"""Of each line: two paid and one free, where that is offered."""
PERCENT, AMOUNT_MINOR, FIXED_MINOR = 20, 300, 500
UNIT_MINOR_MIN, UNIT_MINOR_MAX = 10, 40
"""Hundreds of minor units: what a piece costs."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One offer on one product."""

    number: int
    kind: Kind

    @property
    def product(self) -> str:
        """What it is about."""
        return f"O{self.number:02}"

    def saves(self, unit_minor: int) -> int:
        """On a line of `PIECES`."""
        match self.kind:
            case "percent":
                return unit_minor * PIECES * PERCENT // 100
            case "amount":
                return AMOUNT_MINOR
            case "buy_x_get_y":
                return unit_minor
            case "fixed_price":
                return (unit_minor - FIXED_MINOR) * PIECES

    def draft(self) -> dict[str, Any]:
        """As a marketer writes it, for the whole chain and everybody."""
        return {
            "code": f"bench-{self.number:02}",
            "name": {"en": f"Bench {self.number}", "zh-CN": f"测试{self.number}"},
            "segment": None,
            "days": 30,
            "hold_out_percent": 0,
            "budget": {"currency": "CNY"},
            "offer": {**self._terms(), "conditions": {"products": [self.product]}},
            "stacking_group": f"bench-{self.number:02}",
        }

    def _terms(self) -> dict[str, Any]:
        match self.kind:
            case "percent":
                return {"kind": "percent", "percent": str(PERCENT)}
            case "amount":
                return {"kind": "amount", "amount_minor": AMOUNT_MINOR}
            case "buy_x_get_y":
                return {"kind": "buy_x_get_y", "buy": PIECES - 1, "get": 1}
            case "fixed_price":
                return {"kind": "fixed_price", "price_minor": FIXED_MINOR}


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to pay."""

    lines: tuple[tuple[str, int], ...]
    """Product and price of a piece; there are `PIECES` of each."""

    def saves(self, campaigns: dict[str, Campaign]) -> int:
        """With all of `campaigns`, by product."""
        return sum(campaigns[product].saves(unit) for product, unit in self.lines if product in campaigns)

    @property
    def total_minor(self) -> int:
        """Before anything is taken off."""
        return sum(unit * PIECES for _, unit in self.lines)

    def body(self, **more: object) -> dict[str, Any]:
        """As a till asks."""
        return {
            "store": "S000",
            "till": "1",
            "currency": "CNY",
            "coupons": [],
            "lines": [
                {"line": n, "product": product, "quantity": PIECES, "amount_minor": unit * PIECES}
                for n, (product, unit) in enumerate(self.lines, start=1)
            ],
            **more,
        }


def campaigns() -> dict[str, Campaign]:
    """All of them, by product: as many of each kind."""
    made = (Campaign(n, KINDS[n % len(KINDS)]) for n in range(CAMPAIGNS))
    return {campaign.product: campaign for campaign in made}


def baskets(count: int, seed: int = 1) -> list[Basket]:
    """So many; equal arguments give equal baskets."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    offered, plain = list(campaigns()), [f"P{n:02}" for n in range(PLAIN_PRODUCTS)]
    found = []
    for _ in range(count):
        products = chance.sample(offered, OFFERED_LINES) + chance.sample(plain, LINES - OFFERED_LINES)
        chance.shuffle(products)
        prices = [100 * chance.randint(UNIT_MINOR_MIN, UNIT_MINOR_MAX) for _ in products]
        found.append(Basket(tuple(zip(products, prices, strict=True))))
    return found
