"""What a till asks about: a basket, where and when it is, and what is known of the member."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

Arm = Literal["treated", "held_out"]
GLOBAL = "global"
"""The experiment whose hold-out gets no offer of any campaign that keeps one out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. `line` names it; the order in which lines come means nothing."""

    line: int
    product: str
    category: str | None
    quantity: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What is being bought, before any discount. `at` is the till's local time."""

    store: str
    till: str
    business_date: date
    at: datetime
    currency: str
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        """What it costs before any discount."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of who buys; no `customer_id` is somebody unknown."""

    customer_id: UUID | None = None
    segments: frozenset[str] = frozenset()
    arms: dict[str, Arm] = field(default_factory=dict)
    """By experiment: `global`, or a campaign's id."""
    bought_before: bool = False


NOBODY = Buyer()


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the conditions of an offer can ask about."""

    basket: Basket
    buyer: Buyer
    region: str | None = None
    coupons: frozenset[UUID] = frozenset()
    """The campaigns for which a coupon that may be used is at hand."""
    party: str | None = None
    """Whose tills these are: one of the parties of joint promotions."""
    claimed: frozenset[UUID] = frozenset()
    """The joint promotions that the buyer claimed at the other party."""
