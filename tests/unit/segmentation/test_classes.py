from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.segmentation.domain.classes import CLASSES, HighFrom, Scores, class_of, reason_of
from services.segmentation.domain.named import NAMES, rule_of
from services.segmentation.domain.rules.parsing import parse_rule

CELLS = [Scores(*cell) for cell in itertools.product(range(1, 6), repeat=3)]
CUT = st.integers(2, 5)


@given(CUT, CUT, CUT)
def test_any_cuts_divide_the_125_cells_into_eight_parts(r: int, f: int, m: int) -> None:
    parts = Counter(class_of(cell, HighFrom(r, f, m)) for cell in CELLS)
    assert set(parts) == set(CLASSES.values())
    assert len(parts) == 8
    assert sum(parts.values()) == 125
    assert parts["champions"] == (6 - r) * (6 - f) * (6 - m)
    assert parts["dormant"] == (r - 1) * (f - 1) * (m - 1)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ((5, 5, 5), "champions"),
        ((3, 4, 4), "slipping_champions"),
        ((4, 3, 4), "big_spenders"),
        ((3, 3, 4), "lapsed_spenders"),
        ((4, 4, 3), "regulars"),
        ((1, 5, 1), "slipping_regulars"),
        ((4, 1, 3), "occasional"),
        ((3, 3, 3), "dormant"),
    ],
)
def test_by_default_a_score_of_four_is_high(cell: tuple[int, int, int], name: str) -> None:
    assert class_of(Scores(*cell), HighFrom()) == name


@pytest.mark.parametrize("cut", [0, 1, 6])
def test_a_cut_that_leaves_one_half_empty_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="money is high from"):
        HighFrom(money=cut)


def test_every_named_segment_has_a_rule_and_two_names() -> None:
    assert len(NAMES) == 14
    for code, name in NAMES.items():
        parse_rule(rule_of(code))
        assert name.en
        assert name.zh
    with pytest.raises(KeyError):
        rule_of("lifecycle.asleep")


def test_a_class_says_why() -> None:
    assert reason_of(Scores(5, 2, 4), HighFrom()) == (
        "recency 5 (high from 4), frequency 2 (high from 4), money 4 (high from 4)"
    )
