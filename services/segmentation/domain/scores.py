"""Recency, frequency and money, and the tied score of each: the whole arithmetic of RFM, without IO.

A score is `1 + floor(5 * worse / population)`, where `worse` counts the members whose value is strictly worse.
Equal values get equal scores; nothing breaks a tie.

A *cut* turns that into comparisons. Cut k (1 to 4) is the worst value such that at least k fifths of the
population are at it or worse. `5 * worse >= k * population` holds for exactly the values that are strictly better
than cut k, so the score is one more than the number of cuts beaten. That is true for any value, also for one
that no member had when the cuts were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

FIFTHS = 5
"""Scores run from 1 to this; there is one cut fewer."""


class Facts(NamedTuple):
    """What counts of one member up to a date."""

    customer_id: UUID
    recency_days: int
    """Whole days from the last business date to the date; fewer is better."""
    receipts: int
    sales_minor: int


class Scored(NamedTuple):
    """A member's facts as of a date and the scores, 1 (worst) to 5 (best), that they earn."""

    customer_id: UUID
    as_of: date
    recency_days: int
    receipts: int
    sales_minor: int
    r: int
    f: int
    m: int


@dataclass(frozen=True, slots=True)
class Cuts:
    """The four cuts of each dimension as of a date, from worst to best. Of nobody there are none."""

    as_of: date
    population: int
    recency: tuple[int, ...] = ()
    frequency: tuple[int, ...] = ()
    money: tuple[int, ...] = ()

    def score(self, facts: Facts) -> Scored:
        """The scores that `facts`, taken as of the same date, earn against these cuts."""
        return Scored(
            facts.customer_id,
            self.as_of,
            facts.recency_days,
            facts.receipts,
            facts.sales_minor,
            r=1 + sum(facts.recency_days < cut for cut in self.recency),
            f=1 + sum(facts.receipts > cut for cut in self.frequency),
            m=1 + sum(facts.sales_minor > cut for cut in self.money),
        )


@dataclass(frozen=True, slots=True)
class Sweep:
    """One making of cuts. The newest sweep is the one that scores are given by."""

    number: int
    swept_at: datetime
    cuts: Cuts
