"""The eight classes of members by recency, frequency and money, each high or low.

The three yes-or-no cuts divide the 125 cells of scores into exactly eight parts: a member with scores has one class,
never two. The division is the one that retailers know as value, keep, develop and win back, each important
(money is high) or general.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from services.segmentation.domain.scores import FIFTHS


class Scores(NamedTuple):
    """Recency, frequency and money, 1 (worst) to 5 (best)."""

    r: int
    f: int
    m: int


@dataclass(frozen=True, slots=True)
class HighFrom:
    """From which score on a dimension is high. 4 by default: the better two fifths of all members."""

    recency: int = 4
    frequency: int = 4
    money: int = 4

    def __post_init__(self) -> None:
        for name in ("recency", "frequency", "money"):
            if not 1 < getattr(self, name) <= FIFTHS:
                msg = f"{name} is high from {getattr(self, name)}; choose 2 to {FIFTHS}: else one half is empty"
                raise ValueError(msg)


CLASSES: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "champions",
    (False, True, True): "slipping_champions",
    (True, False, True): "big_spenders",
    (False, False, True): "lapsed_spenders",
    (True, True, False): "regulars",
    (False, True, False): "slipping_regulars",
    (True, False, False): "occasional",
    (False, False, False): "dormant",
}
"""The class of each combination of high recency, high frequency and high money."""


def class_of(scores: Scores, high: HighFrom) -> str:
    """The one class that these scores belong to."""
    return CLASSES[scores.r >= high.recency, scores.f >= high.frequency, scores.m >= high.money]


def reason_of(scores: Scores, high: HighFrom) -> str:
    """Why she is in her class, in words."""
    return (
        f"recency {scores.r} (high from {high.recency}), frequency {scores.f} (high from {high.frequency}), "
        f"money {scores.m} (high from {high.money})"
    )
