"""Parts of the story that need no system: what somebody buys, when an evening is, and what is the year's alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from services.demo.year import Points, _change
from services.story.play import _evening, _morning_after
from services.story.shopping import STORES, basket_of
from shared.kernel.ids import new_id


def test_a_member_buys_the_same_in_every_run_of_a_story_and_something_else_in_the_next() -> None:
    customer = str(new_id())
    basket = basket_of("story-1", customer)
    assert basket == basket_of("story-1", customer)
    assert basket.checkout_id != basket_of("story-2", customer).checkout_id
    assert basket.store in STORES
    assert UUID(basket.checkout_id)
    assert all(1 <= line["quantity"] <= 3 and line["amount_minor"] > 0 for line in basket.lines)


def test_ten_stores_can_hold_ten_racing_tills() -> None:
    assert len(set(STORES)) == 10


@pytest.mark.parametrize(
    ("moment", "evening", "morning"),
    [
        ("2017-12-31T23:59:59-05:00", "2017-12-31T23:59:59-05:00", "2018-01-01T08:01:00-05:00"),
        ("2018-01-02T10:00:00-05:00", "2018-01-02T21:00:00-05:00", "2018-01-03T08:01:00-05:00"),
        ("2018-01-02T20:00:00-05:00", "2018-01-02T20:00:00-05:00", "2018-01-03T08:01:00-05:00"),
        ("2018-01-02T03:00:00-05:00", "2018-01-02T21:00:00-05:00", "2018-01-03T08:01:00-05:00"),
    ],
)
def test_a_story_begins_in_the_quiet_hours_of_an_evening(moment: str, evening: str, morning: str) -> None:
    begins = _evening(datetime.fromisoformat(moment))
    assert begins == datetime.fromisoformat(evening)
    assert _morning_after(begins) == datetime.fromisoformat(morning)


def booking(**entries: int) -> dict[str, Any]:
    assert sum(entries.values()) == 0, "a booking sums to zero"
    return {"entries": [{"account": account, "points": points} for account, points in entries.items()]}


def test_what_happened_to_points_after_the_year_is_told_by_the_entries() -> None:
    earned, taken_back = booking(member=30, issued=-30), booking(member=-5, issued=5)
    reserved, redeemed = booking(member=-20, reserved=20), booking(reserved=-20, redeemed=20)
    assert _change([earned]) == Points(earned=30, available=30, outstanding=30)
    assert _change([earned, taken_back]) == Points(earned=25, available=25, outstanding=25)
    assert _change([earned, reserved]) == Points(earned=30, available=10, outstanding=30)
    assert _change([earned, reserved, redeemed]) == Points(earned=30, available=10, outstanding=10)
    assert _change([]) == Points()
