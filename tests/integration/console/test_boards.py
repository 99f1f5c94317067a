"""The first page, the list of the day, stores, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.access import client
from tests.support.chain_news import (
    complained,
    entered,
    left,
    member,
    points,
    registered,
    sale,
    scored,
    store,
    written_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.testclient import TestClient

    from shared.runtime.service import Service

BASE = "/api/console/v1"
Hear = Callable[..., None] if TYPE_CHECKING else object


def get(http: TestClient, path: str, **params: Any) -> Any:
    answer = http.get(f"{BASE}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def chain(hear: Hear) -> None:
    hear(store("E1", region="east"), store("W1", region="west"))
    hear(registered("ada"), registered("bea", days_ago=3), registered("cleo", home="W1", days_ago=0))
    hear(
        sale("ada", 1, days_ago=0, net=1000),
        sale(None, 2, days_ago=0, net=500),
        sale("bea", 3, days_ago=3, net=200),
        sale("cleo", 4, at="W1", days_ago=8, net=70),
        sale(None, 5, at="W1", days_ago=40, net=9),
    )
    hear(
        entered("ada", "lifecycle.active", days_ago=20),
        left("ada", "lifecycle.active", days_ago=6),
        entered("ada", "lifecycle.at_risk", days_ago=6),
        entered("ada", "rfm.regulars"),
        entered("bea", "lifecycle.new", days_ago=3),
        entered("bea", "rfm.champions"),
        entered("cleo", "lifecycle.new", days_ago=8),
        scored("ada", 1, 5, 3),
        scored("bea", 5, 5, 5),
        scored("cleo", 5, 5, 1),
        points("ada", 40),
        points("bea", -7),
        points("cleo", 2),
        complained("cleo", at="W1", days_ago=3),
        complained("ada", days_ago=1),
    )


@pytest.mark.usefixtures("chain")
def test_the_overview_adds_up(http: TestClient) -> None:
    found = get(http, "/overview")
    assert (found["from_date"], found["to_date"]) == ("2026-03-02", "2026-03-31")
    assert found["days"] == [
        {
            "business_date": day,
            "currency": "CNY",
            "sales_minor": sales,
            "receipts": receipts,
            "member_sales_minor": member_sales,
            "member_receipts": member_receipts,
        }
        for day, sales, receipts, member_sales, member_receipts in (
            ("2026-03-23", 70, 1, 70, 1),
            ("2026-03-28", 200, 1, 200, 1),
            ("2026-03-31", 1500, 2, 1000, 1),
        )
    ]
    assert (found["members"], found["new_members"], found["points_outstanding"]) == (3, 2, 42)
    assert {s["stage"]: s["members"] for s in found["lifecycle"]} == {"at_risk": 1, "new": 2}
    assert {c["rfm_class"]: c["members"] for c in found["classes"]} == {"regulars": 1, "champions": 1}
    assert {(c["r"], c["f"]): c["members"] for c in found["grid"]} == {(1, 5): 1, (5, 5): 2}
    assert [(m["business_date"], m["from_stage"], m["to_stage"], m["members"]) for m in found["moves"]] == [
        ("2026-03-11", None, "active", 1),
        ("2026-03-23", None, "new", 1),
        ("2026-03-25", "active", "at_risk", 1),
        ("2026-03-28", None, "new", 1),
    ]


def test_what_was_entered_and_left_on_one_day_is_no_move(http: TestClient, hear: Hear) -> None:
    hear(entered("ada", "lifecycle.cooling"), left("ada", "lifecycle.cooling", days_ago=10))
    hear(entered("ada", "lifecycle.active", days_ago=10))
    moves = get(http, "/overview")["moves"]
    assert [(move["from_stage"], move["to_stage"]) for move in moves] == [(None, "active")]


@pytest.mark.usefixtures("chain")
def test_the_overview_of_a_store_and_of_its_people(http: TestClient, service: Service) -> None:
    east = get(http, "/overview", store="E1")
    assert (sum(day["receipts"] for day in east["days"]), east["members"]) == (3, 2)
    manager = client(service, role="store_manager", stores=["W1"])
    hers = get(manager, "/overview", **{"from": "2026-01-01"})
    assert (sum(day["receipts"] for day in hers["days"]), hers["members"], hers["points_outstanding"]) == (2, 1, 2)
    assert [move["to_stage"] for move in hers["moves"]] == ["new"]
    assert manager.get(f"{BASE}/overview", params={"store": "E1"}).status_code == 404
    region = client(service, role="store_manager", regions=["west"])
    assert get(region, "/overview")["members"] == 1
    nobody = client(service, role="store_manager")
    assert (get(nobody, "/overview")["days"], get(nobody, "/overview")["members"]) == ([], 0)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2026-03-01"), ("2020-01-01", "2026-01-01"), ("0001-01-01", "2026-01-01")]
)
def test_a_span_that_cannot_be_is_refused_with_the_way_out(http: TestClient, first: str, last: str) -> None:
    answer = http.get(f"{BASE}/overview", params={"from": first, "to": last})
    assert answer.status_code == 422
    assert "from" in answer.text


@pytest.mark.usefixtures("chain")
def test_the_day_begins_with_whom_nobody_contacted_and_the_most_urgent_complaint(
    http: TestClient, hear: Hear, service: Service
) -> None:
    found = get(http, "/today")
    assert [item["customer_id"] for item in found["at_risk"]] == [str(member("ada"))]
    assert [item["customer_id"] for item in found["best"]] == [str(member("bea"))]
    assert (found["at_risk_total"], found["best_total"], found["new_members"]) == (1, 1, 1)
    assert [item["customer_id"] for item in found["complaints"]] == [str(member("cleo")), str(member("ada"))]
    west = client(service, role="store_manager", stores=["W1"])
    assert [item["customer_id"] for item in get(west, "/today")["complaints"]] == [str(member("cleo"))]
    assert get(west, "/today")["best_total"] == 0
    hear(written_to("ada", days_ago=29), written_to("bea", days_ago=31))
    found = get(http, "/today")
    assert (found["at_risk_total"], found["best_total"]) == (0, 1)


@pytest.mark.usefixtures("chain")
def test_the_board_has_each_store_with_its_weeks(http: TestClient, service: Service) -> None:
    east, west = get(http, "/stores")["items"]
    assert (east["store_id"], east["region"], east["currency"]) == ("E1", "east", "CNY")
    assert east["today"] == {"sales_minor": 1500, "receipts": 2, "member_sales_minor": 1000, "member_receipts": 1}
    assert (east["week"]["sales_minor"], east["week_before"]["sales_minor"]) == (1700, 0)
    assert (east["members"], east["new_members"], east["complaints_open"]) == (2, 1, 1)
    assert (west["today"]["receipts"], west["week"]["receipts"], west["week_before"]["sales_minor"]) == (0, 0, 70)
    manager = client(service, role="store_manager", regions=["west"])
    assert [item["store_id"] for item in get(manager, "/stores")["items"]] == ["W1"]
    days = get(manager, "/stores/W1/days", **{"from": "2026-02-01"})
    assert [day["sales_minor"] for day in days["days"]] == [9, 70]
    assert manager.get(f"{BASE}/stores/E1/days").status_code == 404
    assert http.get(f"{BASE}/stores/nowhere/days").status_code == 404


def test_whoever_signs_in_learns_who_she_is(service: Service) -> None:
    clerk = client(service, role="clerk", stores=["E1"], regions=["west"], name="lily")
    found = get(clerk, "/me")
    assert (found["subject"], found["roles"], found["stores"], found["regions"]) == (
        "lily",
        ["clerk"],
        ["E1"],
        ["west"],
    )
    assert found["business_today"] == "2026-03-31"
    assert found["business_now"].startswith("2026-03-31T")
    assert "console.members.read" in found["permissions"]
    assert get(client(service, role=["marketer", "approver"]), "/me")["stores"] is None
    assert client(service, role="partner", partner="tea").get(f"{BASE}/me").json()["partner"] == "tea"
