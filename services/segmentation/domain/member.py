"""One member as rules see her, and the yardsticks that she is measured by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.segmentation.domain.classes import HighFrom, Scores, class_of
from services.segmentation.domain.lifecycle import Buying, LifecycleDays, Stage, stage_of


class Item(NamedTuple):
    """What is left of one line of a receipt, after returns."""

    product: str
    category: str | None
    amount_minor: int


class Purchase(NamedTuple):
    """A receipt that counts. `amount_minor` is what is left of all of it."""

    day: date
    store: str | None
    amount_minor: int
    items: tuple[Item, ...] = ()


class Consent(NamedTuple):
    """What somebody agreed to; the channel is None where the purpose has none."""

    purpose: str
    channel: str | None


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """What a chain measures all its members by."""

    lifecycle: LifecycleDays = field(default_factory=LifecycleDays)
    high: HighFrom = field(default_factory=HighFrom)
    time_zone: str = "UTC"
    """In which a registration has its day."""


class Member(NamedTuple):
    """Facts of one member. `purchases` reach as far back as the rules that are asked about her, not further."""

    customer_id: UUID
    buying: Buying = Buying(0, None, None, None)
    scores: Scores | None = None
    registered_on: date | None = None
    home_store: str | None = None
    consents: frozenset[Consent] = frozenset()
    purchases: tuple[Purchase, ...] = ()

    def stage(self, yardsticks: Yardsticks, today: date) -> Stage | None:
        """Her stage of life, if she ever bought."""
        return stage_of(self.buying, yardsticks.lifecycle, today)

    def rfm_class(self, yardsticks: Yardsticks) -> str | None:
        """Her class, if she has scores."""
        return self.scores and class_of(self.scores, yardsticks.high)
