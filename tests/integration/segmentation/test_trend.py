"""How large a segment was, by day: noted by the daily sweep, zero included, once a day however often it runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.segmentation.domain.named import NAMES
from shared.database.batch import fetch
from tests.integration.segmentation.test_segments_api import BASE, TODAY, client, defined, get, hear
from tests.support.access import bearer
from tests.support.purchases import bought
from tests.support.sales import erased, member, receipt

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from shared.runtime.service import Service

__all__ = ["client"]
ANYBODY = {"kind": "purchases", "measure": "receipts", "window_days": 365, "min": 1}


def swept(service: Service, days: int = 0) -> str:
    """Runs the sweep so many days from today; the day."""
    day = TODAY + timedelta(days=days)
    service.jobs[0].run(day)
    return day.isoformat()


def trend(client: TestClient, code: str, query: str = "") -> list[tuple[str, int]]:
    answer: dict[str, Any] = get(client, f"/segments/{code}/trend{query}")
    assert answer["segment"] == code
    return [(item["day"], item["members"]) for item in answer["items"]]


def test_each_days_sweep_notes_the_size(client: TestClient, service: Service) -> None:
    defined(client, service, rule=ANYBODY)
    first = swept(service, -2)
    assert trend(client, "cooling-31") == [(first, 6)]
    hear(service, bought(member(9), receipt(9), [("p1", "tea", 100)], day=TODAY, store="31"))
    second = swept(service)
    assert trend(client, "cooling-31") == [(first, 6), (second, 7)], "a day without a sweep is missing"
    hear(service, erased(member(9)))
    assert swept(service) == second
    assert trend(client, "cooling-31") == [(first, 6), (second, 6)], "the newer count of the day stands"
    assert trend(client, "cooling-31", f"?from={second}&to={second}") == [(second, 6)]
    assert trend(client, "cooling-31", f"?to={first}") == [(first, 6)]


def test_an_empty_segment_and_every_named_one_have_a_size(client: TestClient, service: Service) -> None:
    defined(client, service, rule=ANYBODY)
    defined(client, service, rule=ANYBODY | {"min": 99})  # whoever was in has left
    day = swept(service)
    assert trend(client, "cooling-31") == [(day, 0)]
    sizes = {code: trend(client, code)[0][1] for code in NAMES}
    assert sum(size for code, size in sizes.items() if code.startswith("lifecycle.")) == 6
    assert 0 in sizes.values()
    with service.engine.begin() as connection:
        assert fetch(connection, "select count(*) from segment_sizes") == [(len(NAMES) + 1,)]


def test_a_segment_that_nobody_defined_has_no_trend(client: TestClient) -> None:
    assert get(client, "/segments/nothing/trend", 404)["code"] == "segment_not_found"


@pytest.mark.parametrize(
    "query",
    ["?from=2026-03-31&to=2026-03-30", "?from=2020-01-01&to=2026-03-31", "?from=x", "?to=2026-02-30", "?from=%00"],
)
def test_no_such_span(client: TestClient, query: str) -> None:
    answer = get(client, f"/segments/lifecycle.new/trend{query}", 422)
    assert "from" in answer["detail"] or "to" in answer["detail"]


@pytest.mark.parametrize(
    "query", ["?to=0001-01-01", "?from=0001-01-01&to=0001-01-02", "?from=9999-12-31&to=9999-12-31"]
)
def test_the_ends_of_the_calendar_have_no_members(client: TestClient, query: str) -> None:
    assert trend(client, "lifecycle.new", query) == []


def test_the_whole_chains_sizes_are_for_those_who_see_it(client: TestClient) -> None:
    for who in (bearer("clerk", stores=["31"]), bearer("marketer", regions=["east"])):
        assert client.get(f"{BASE}/segments/lifecycle.new/trend", headers=who).status_code == 403
