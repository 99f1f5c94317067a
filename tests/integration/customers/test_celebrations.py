"""Whose birthday comes soon, of the members whom a caller sees, under the mask."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.customers.application.birthdays import celebrated_from, keys_celebrated_on
from shared.kernel.errors import InvalidInput
from tests.integration.customers.conftest import ROOT
from tests.integration.customers.test_search import clerk
from tests.support.access import bearer

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api


def born(api: Api, birthday: str | None, *, store: str = "S1", calendar: str = "solar", name: str = "王小芳") -> str:
    card = str(len(api.rows("select customer_id from vault_keys")))
    return api.register(card=card, name=name, birthday=birthday, birthday_calendar=calendar, home_store=store)


def coming(api: Api, query: str = "", *, who: dict[str, str] | None = None) -> dict[str, Any]:
    answer = api.http.get(f"{ROOT}/celebrations?{query}", headers=who or clerk("S1"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def days(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["customer_id"], item["day"]) for item in found["items"]]


def test_the_next_ones_come_in_their_order_with_the_day_and_without_the_year(api: Api) -> None:
    """The business day is 1 March 2026, a thirteenth day of a first lunar month."""
    later, today = born(api, "1980-03-05"), born(api, "1991-03-01")
    lunar = born(api, "1980-03-03", calendar="lunar")  # the seventeenth of the first month
    born(api, "1980-03-08")
    born(api, "1980-02-28")
    born(api, None)
    found = coming(api)
    assert days(found)[0] == (today, "2026-03-01")
    assert set(days(found)[1:]) == {(later, "2026-03-05"), (lunar, "2026-03-05")}
    assert found["complete"] is True
    assert found["items"][0] == {"customer_id": today, "name": "王**", "day": "2026-03-01", "calendar": "solar"}
    assert days(coming(api, "days=1")) == [(today, "2026-03-01")]
    assert len(coming(api, "days=8")["items"]) == 4


def test_of_a_long_list_the_first_are_told_and_that_there_are_more(api: Api) -> None:
    for day in range(1, 6):
        born(api, f"1980-03-0{day}")
    found = coming(api, "limit=2")
    assert ([day for _, day in days(found)], found["complete"]) == (["2026-03-01", "2026-03-02"], False)
    assert coming(api, "limit=5")["complete"] is True


def test_each_sees_her_own_stores_members(api: Api) -> None:
    mine, other = born(api, "1980-03-01"), born(api, "1980-03-01", store="S2")
    today = "2026-03-01"
    assert days(coming(api)) == [(mine, today)]
    assert days(coming(api, who=clerk("S2"))) == [(other, today)]
    both = clerk("S1", "S2")
    assert sorted(days(coming(api, who=both))) == sorted([(mine, today), (other, today)])
    assert days(coming(api, "store=S2", who=both)) == [(other, today)]
    whole = bearer("service_desk")
    assert days(coming(api, "store=S1", who=whole)) == [(mine, today)]
    assert coming(api, "store=S9", who=whole)["items"] == []
    answer = api.http.get(f"{ROOT}/celebrations?store=S2", headers=clerk("S1"))
    assert answer.status_code == 404


def test_whoever_was_erased_celebrates_no_more(api: Api) -> None:
    customer_id = born(api, "1980-03-01")
    api.post(f"/customers/{customer_id}/erasure")
    assert coming(api)["items"] == []


@pytest.mark.parametrize("role", ["marketer", "hq_admin", "auditor", "partner"])
def test_only_who_serves_members_asks(api: Api, role: str) -> None:
    answer = api.http.get(f"{ROOT}/celebrations", headers=bearer(role))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_each_day_of_the_year_comes_on_its_first_date() -> None:
    first = date(2026, 2, 27)
    coming_days = celebrated_from(first, 3)
    assert coming_days["solar:02-27"] == first
    assert coming_days["solar:02-29"] == coming_days["solar:02-28"] == date(2026, 2, 28)
    assert set(coming_days) == {
        key
        for n in range(3)
        for calendar in ("solar", "lunar")
        for key in keys_celebrated_on(first + timedelta(days=n), calendar)
    }
    assert list(coming_days.values()) == sorted(coming_days.values())
    with pytest.raises(InvalidInput, match="lunar"):
        celebrated_from(date(2300, 1, 1), 1)
