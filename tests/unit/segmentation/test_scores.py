from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.segmentation.domain.scores import Cuts, Facts

AS_OF = date(2026, 3, 1)
NOBODY = UUID(int=0)


def cuts_of(values: list[int]) -> tuple[int, ...]:
    """By the definition: the worst value with at least k fifths of the population at it or worse."""
    return tuple(
        min(value for value in values if 5 * sum(other <= value for other in values) >= k * len(values))
        for k in range(1, 5)
    )


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(-5, 35))
def test_beating_cuts_is_the_tied_score_for_any_value(values: list[int], value: int) -> None:
    cuts = Cuts(AS_OF, len(values), frequency=cuts_of(values))
    expected = 1 + min(4, 5 * sum(other < value for other in values) // len(values))
    assert cuts.score(Facts(NOBODY, 0, value, 0)).f == expected


def test_fewer_days_score_higher_and_more_receipts_and_money_do() -> None:
    cuts = Cuts(AS_OF, 5, recency=(40, 30, 20, 10), frequency=(1, 2, 3, 4), money=(100, 200, 300, 400))
    best = cuts.score(Facts(NOBODY, 0, 5, 401))
    worst = cuts.score(Facts(NOBODY, 40, 1, 100))
    middle = cuts.score(Facts(NOBODY, 29, 2, 201))
    assert [(s.r, s.f, s.m) for s in (best, worst, middle)] == [(5, 5, 5), (1, 1, 1), (3, 2, 3)]
    assert best.as_of == AS_OF
    assert best[2:5] == (0, 5, 401)
