from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.segmentation.domain.lifecycle import Buying, LifecycleDays, reason_of, stage_of

TODAY = date(2026, 6, 30)
DAYS = LifecycleDays()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def buying(*days: int) -> Buying:
    """Of somebody with a receipt so many days ago each."""
    bought = sorted(ago(day) for day in days)
    recent = [day for day in bought if day > ago(DAYS.back)]
    before = [day for day in bought if day <= ago(DAYS.back)]
    return Buying(len(bought), bought[-1] if bought else None, min(recent, default=None), max(before, default=None))


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ((), None),
        ((0,), "new"),
        ((30,), "new"),
        ((31,), "active"),
        ((0, 3), "active"),
        ((44,), "active"),
        ((45,), "cooling"),
        ((45, 46, 300), "cooling"),
        ((89,), "cooling"),
        ((90,), "at_risk"),
        ((179,), "at_risk"),
        ((180,), "lost"),
        ((5_000,), "lost"),
        ((-1,), "new"),
        # Back: the pause before the first purchase of the last 30 days was one in which she was lost.
        ((0, 180), "back"),
        ((29, 209), "back"),
        ((0, 10, 190), "back"),
        ((0, 179), "active"),
        ((30, 210), "active"),
        ((0, 29, 208), "active"),
    ],
)
def test_stages_by_days_of_purchase(days: tuple[int, ...], stage: str | None) -> None:
    assert stage_of(buying(*days), DAYS, TODAY) == stage


@given(st.lists(st.integers(0, 700), max_size=12))
def test_back_is_what_it_is_called(days: list[int]) -> None:
    """By the definition: a purchase of the last 30 days that followed 180 days and more without one."""
    bought = sorted(set(days), reverse=True)
    after_a_pause = any(before - day >= 180 and day < 30 for before, day in itertools.pairwise(bought))
    assert (stage_of(buying(*days), DAYS, TODAY) == "back") == after_a_pause


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_whoever_buys_today_is_new_active_or_back(days: list[int]) -> None:
    assert stage_of(buying(*days, 0), DAYS, TODAY) in {"new", "active", "back"}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((), "no purchase that counts"),
        ((61,), "last purchase 61 days ago, cooling from 45"),
        ((3,), "first purchase 3 days ago, new up to 30"),
        ((1, 200), f"bought again on {ago(1)} after 199 days, lost from 180"),
        ((1, 2), "last purchase 1 days ago, cooling from 45"),
    ],
)
def test_a_stage_says_why(days: tuple[int, ...], words: str) -> None:
    assert reason_of(buying(*days), DAYS, TODAY) == words


@pytest.mark.parametrize(
    "wrong",
    [{"new": 45}, {"back": 60}, {"cooling": 90}, {"at_risk": 180}, {"lost": 45}, {"new": 0, "back": 0}],
)
def test_thresholds_that_do_not_follow_each_other_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be before"):
        LifecycleDays(**wrong)
