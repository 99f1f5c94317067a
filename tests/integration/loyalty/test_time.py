"""What time does, and what people read: expiry, liability, lists, statements."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.loyalty.application import expiry
from shared.kernel.ids import derived_id
from tests.support.sales import DAY, member, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.loyalty.conftest import Loyalty

ANNE = member("anne")


@pytest.fixture
def brief(make_loyalty: Callable[..., Loyalty]) -> Loyalty:
    """Points are good for one month, and jobs work two accounts at a time."""
    return make_loyalty(points_expire_after_months=1, reservation_days_max=90)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "PAGE", 2)


def test_every_lot_of_every_account_expires_on_its_day_and_once(brief: Loyalty) -> None:
    for n in range(5):
        brief.hears(
            sale(member(n), receipt(n), net=1000), sale(member(n), receipt(n + 10), net=500, day=date(2026, 5, 1))
        )
    brief.time_passes(days=60)
    assert brief.http.get("/liability").json()["outstanding"] == 75, "the last day is a day on which they can be spent"
    for _ in range(2):
        brief.time_passes(days=61)
        assert brief.http.get("/liability").json() == {
            "outstanding": 25,
            "debt": 0,
            "members": 5,
            "months": [{"month": "2026-06", "points": 25, "reserved": 0}],
        }
    assert brief.rows("select count(*) from events where type = 'points_expired'") == [(5,)]
    assert not brief.complaints()


def test_an_old_receipt_that_comes_late_expires_on_the_same_day_again(brief: Loyalty) -> None:
    brief.hears(sale(ANNE, receipt(1), net=1000))
    brief.time_passes(days=61)
    brief.hears(sale(ANNE, receipt(2), net=300))
    brief.time_passes(days=61)
    assert brief.account(ANNE)["expired_total"] == 13
    assert not brief.complaints()


def test_reserved_points_outlive_their_lot_and_expire_when_they_come_back(brief: Loyalty) -> None:
    brief.hears(sale(ANNE, receipt(1), net=1000))
    for n in range(3):
        until = "2026-05-20T00:00:00Z"
        assert brief.reserve(ANNE, derived_id("redemption", n), 3, reserved_until=until).status_code == 201
    brief.time_passes(days=61)
    account = brief.account(ANNE)
    assert (account["available"], account["reserved"], account["expired_total"]) == (0, 9, 1)
    assert brief.ends("confirm", derived_id("redemption", 0)).status_code == 200
    brief.time_passes(days=90)
    account = brief.account(ANNE)
    assert (account["available"], account["reserved"], account["expired_total"]) == (0, 0, 7)
    assert not brief.complaints()


def test_all_accounts_are_listed_once(loyalty: Loyalty) -> None:
    loyalty.hears(*[sale(member(n), receipt(n), net=100 * n) for n in range(7)])
    seen: dict[UUID, int] = {}
    cursor = None
    while True:
        page = loyalty.http.get("/accounts", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen |= {UUID(account["customer_id"]): account["earned_total"] for account in page["items"]}
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == {member(n): n for n in range(7)}


def test_a_statement_is_read_page_by_page_newest_first(loyalty: Loyalty) -> None:
    loyalty.hears(*[sale(ANNE, receipt(n), net=100 * n, day=DAY + timedelta(days=n)) for n in range(1, 6)])
    loyalty.reserve(ANNE, derived_id("redemption", 1), 4)
    bookings, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = loyalty.http.get(f"/accounts/{ANNE}/statement", params=params).json()
        bookings += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [booking["points"] for booking in bookings] == [-4, 5, 4, 3, 2, 1]
    assert sum(booking["points"] for booking in bookings) == loyalty.account(ANNE)["available"]
    assert all(sum(entry["points"] for entry in booking["entries"]) == 0 for booking in bookings)
    assert [entry["account"] for entry in bookings[0]["entries"]] == ["member", "reserved"]
    assert bookings[1]["receipt_id"] == str(receipt(5))
