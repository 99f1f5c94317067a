"""Members in lists, as CSV, and one by one, from what the services told of them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.stores import SaleAttributed, SaleReturned, SaleVoided
from shared.database.batch import fetch
from tests.support.access import client
from tests.support.chain_news import (
    NOON,
    agreed,
    complained,
    entered,
    erased,
    left,
    member,
    points,
    registered,
    sale,
    scored,
    settled,
    store,
    withdrew,
    written_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.testclient import TestClient

    from shared.runtime.service import Service

BASE = "/api/console/v1"
Hear = Callable[..., None] if TYPE_CHECKING else object
NAMES = {str(member(name)): name for name in ("ada", "bea", "cleo", "dora", "eve")}


def row(http: TestClient, who: str) -> dict[str, Any]:
    answer = http.get(f"{BASE}/members/{member(who)}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["member"]
    return found


def listed(http: TestClient, **params: Any) -> list[str]:
    answer = http.get(f"{BASE}/members", params=params)
    assert answer.status_code == 200, answer.text
    return [NAMES[item["customer_id"]] for item in answer.json()["items"]]


@pytest.fixture
def chain(hear: Hear) -> None:
    """Five members: a champion, somebody at risk, one new, one who complains, one who never bought."""
    hear(store("E1", region="east"), store("W1", region="west"))
    hear(
        registered("ada"),
        registered("bea"),
        registered("cleo", days_ago=0),
        registered("dora", home="W1"),
        registered("eve", home="W1", days_ago=50),
        agreed("ada"),
        agreed("ada", "email"),
        agreed("dora"),
        withdrew("ada", "email"),
        complained("dora", at="W1", days_ago=3),
    )
    hear(
        sale("ada", 1, days_ago=1, net=5000),
        sale("ada", 2, at="W1", days_ago=0, net=300),
        sale("bea", 3, days_ago=100, net=9000),
        sale("cleo", 4, days_ago=0, net=700),
        sale("dora", 5, at="W1", days_ago=20, net=100),
        sale(None, 6, days_ago=0, net=50),
    )
    hear(
        entered("ada", "lifecycle.active"),
        entered("ada", "rfm.champions"),
        entered("bea", "lifecycle.cooling", days_ago=60),
        left("bea", "lifecycle.cooling", days_ago=10),
        entered("bea", "lifecycle.at_risk", days_ago=10),
        entered("bea", "rfm.slipping_champions"),
        entered("cleo", "lifecycle.new", days_ago=0),
        entered("ada", "tea-lovers", days_ago=2),
        scored("ada", 5, 5, 5),
        scored("bea", 2, 5, 5),
        points("ada", 250),
        points("bea", -20),
        written_to("ada", days_ago=40),
        written_to("dora", days_ago=2, channel="phone"),
    )


@pytest.mark.usefixtures("chain")
def test_a_row_says_what_every_service_told(http: TestClient) -> None:
    assert row(http, "ada") | {"registered_at": None} == {
        "customer_id": str(member("ada")),
        "lifecycle": "active",
        "lifecycle_since": "2026-03-21T12:00:00Z",
        "rfm_class": "champions",
        "r": 5,
        "f": 5,
        "m": 5,
        "registered_at": None,
        "home_store": "E1",
        "last_purchase": "2026-03-31",
        "last_store": "W1",
        "visits": 2,
        "spend_minor": 5300,
        "currency": "CNY",
        "points": 250,
        "contactable": ["sms"],
        "complaint_open": False,
        "last_contact_at": "2026-02-19T12:00:00Z",
    }
    never = row(http, "eve")
    assert (never["visits"], never["spend_minor"], never["currency"], never["lifecycle"]) == (0, 0, None, None)
    assert row(http, "bea")["lifecycle"] == "at_risk"


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["cleo", "ada", "dora", "bea", "eve"]),
        ({"sort": "last_purchase"}, ["bea", "dora", "cleo", "ada", "eve"]),
        ({"sort": "-spend"}, ["bea", "ada", "cleo", "dora", "eve"]),
        ({"sort": "-points", "limit": 1}, ["ada"]),
        ({"sort": "registered", "store": "E1"}, ["ada", "bea", "cleo"]),
        ({"store": "W1"}, ["ada", "dora", "eve"]),
        ({"home_store": "W1"}, ["dora", "eve"]),
        ({"lifecycle": "at_risk"}, ["bea"]),
        ({"rfm": "champions"}, ["ada"]),
        ({"r": 2, "f": 5}, ["bea"]),
        ({"segment": "tea-lovers"}, ["ada"]),
        ({"segment": "lifecycle.cooling"}, []),
        ({"contactable": "sms"}, ["ada"]),
        ({"contactable": "any"}, ["ada"]),
        ({"contactable": "email"}, []),
        ({"complaint_open": True}, ["dora"]),
        ({"uncontacted_days": 30, "sort": "-spend"}, ["bea", "ada", "cleo", "eve"]),
    ],
)
def test_lists_are_filtered_and_sorted(http: TestClient, params: dict[str, Any], names: list[str]) -> None:
    found = listed(http, **params)
    # Two who bought on one day come in the order of their ids.
    together = {"cleo", "ada"} if "last_purchase" in params.get("sort", "-last_purchase") else set()
    together |= {"ada", "bea"} if params.get("sort") == "registered" else set()
    assert sorted(found) == sorted(names)
    assert [name for name in found if name not in together] == [name for name in names if name not in together]


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize("sort", ["-last_purchase", "last_purchase", "-spend", "visits", "-points", "registered"])
def test_pages_hold_everybody_once_in_the_order_of_the_whole(http: TestClient, sort: str) -> None:
    whole, cursor, walked = listed(http, sort=sort), None, []
    while True:
        page = http.get(f"{BASE}/members", params={"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {}))
        body = page.json()
        assert body["total"] == (5 if cursor is None else None)
        walked += [NAMES[item["customer_id"]] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert walked == whole


@pytest.mark.usefixtures("chain")
def test_the_csv_is_the_list(http: TestClient, service: Service) -> None:
    answer = http.get(f"{BASE}/members/export.csv", params={"sort": "-spend"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [NAMES[line["customer_id"]] for line in lines] == listed(http, sort="-spend")
    assert lines[1]["contactable"] == "sms"
    # A number, and no formula: only texts can be one.
    assert lines[0]["points"] == "-20"
    with service.engine.begin() as connection:
        assert fetch(connection, "select action, details->>'store' from audit_log") == [("members_exported", None)]


def test_a_text_that_a_spreadsheet_would_run_is_quoted(http: TestClient, hear: Hear) -> None:
    hear(registered("ada", home="=HYPERLINK(1)"))
    (line,) = csv.DictReader(io.StringIO(http.get(f"{BASE}/members/export.csv").text))
    assert line["home_store"] == "'=HYPERLINK(1)"


def test_an_export_goes_on_over_pages(http: TestClient, hear: Hear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.entrypoints.exporting.PAGE", 3)
    hear(*(registered(n, days_ago=n) for n in range(10)))
    lines = list(csv.DictReader(io.StringIO(http.get(f"{BASE}/members/export.csv").text)))
    assert {line["customer_id"] for line in lines} == {str(member(n)) for n in range(10)}
    assert len(lines) == 10


@pytest.mark.usefixtures("chain")
def test_one_member_with_what_to_say_and_how_she_may_be_reached(http: TestClient) -> None:
    ada = http.get(f"{BASE}/members/{member('ada')}").json()
    assert {c["channel"]: c["why_not"] for c in ada["may_contact"]} == {
        "sms": None,
        "email": "no_consent",
        "phone": "no_consent",
        "post": "no_consent",
        "wechat": "no_consent",
        "app": "no_consent",
    }
    assert ada["suggestion"]["code"] == "use_points"
    assert ada["usable_points"] == 250
    assert [segment["code"] for segment in ada["segments"]] == ["lifecycle.active", "rfm.champions", "tea-lovers"]
    assert ada["last_contact"]["template"] == "hello"
    dora = http.get(f"{BASE}/members/{member('dora')}").json()
    assert dora["suggestion"]["code"] == "settle_complaint"
    assert {c["channel"]: c["why_not"] for c in dora["may_contact"]}["sms"] == "complaint_open"
    (complaint,) = dora["complaints"]
    assert (complaint["opened_at"], complaint["due_at"]) == ("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z")
    bea = http.get(f"{BASE}/members/{member('bea')}").json()
    assert (bea["usable_points"], bea["suggestion"]["code"]) == (0, "missed")
    assert "100" in bea["suggestion"]["why"]["zh-CN"]
    assert http.get(f"{BASE}/members/{member('eve')}").json()["suggestion"] is None


@pytest.mark.usefixtures("chain")
def test_a_complaint_that_is_settled_lets_her_be_reached_again(http: TestClient, hear: Hear) -> None:
    hear(settled("dora"))
    assert row(http, "dora")["contactable"] == ["sms"]
    assert listed(http, complaint_open=True) == []


@pytest.mark.usefixtures("chain")
def test_returns_voids_and_moves_change_what_she_bought(http: TestClient, hear: Hear) -> None:
    returned = {
        "return_id": member("return"),
        "returned_at": NOON,
        "returned_lines": (),
        "returned_minor": 0,
    }
    hear(sale("ada", 2, at="W1", net=0, version=2, standing="returned", kind=SaleReturned, **returned))
    ada = row(http, "ada")
    assert (ada["visits"], ada["spend_minor"], ada["last_purchase"], ada["last_store"]) == (1, 5000, "2026-03-30", "E1")
    hear(sale("bea", 4, days_ago=0, net=700, version=2, kind=SaleAttributed))
    assert (row(http, "bea")["visits"], row(http, "bea")["last_purchase"]) == (2, "2026-03-31")
    assert (row(http, "cleo")["visits"], row(http, "cleo")["last_purchase"]) == (0, None)
    hear(sale("ada", 1, days_ago=1, net=0, version=2, standing="voided", kind=SaleVoided, voided_at=NOON))
    assert (row(http, "ada")["visits"], row(http, "ada")["currency"]) == (0, None)
    # An older version that comes late changes nothing.
    hear(sale("ada", 1, days_ago=1, net=5000))
    assert row(http, "ada")["visits"] == 0


@pytest.mark.usefixtures("chain")
def test_who_is_erased_leaves_every_table_and_sales_stay(http: TestClient, hear: Hear, service: Service) -> None:
    days = http.get(f"{BASE}/overview").json()["days"]
    hear(erased("ada"))
    hear(sale("ada", 7, days_ago=9, net=1), registered("ada"), points("ada", 9, version=9))
    assert http.get(f"{BASE}/members/{member('ada')}").status_code == 404
    assert "ada" not in listed(http)
    with service.engine.begin() as connection:
        tables = ("members", "member_buying", "member_consents", "member_segments", "lifecycle_moves", "receipts")
        for table in (*tables, "member_stores", "member_openings"):
            assert not fetch(connection, f"select 1 from {table} where customer_id = %(id)s", {"id": member("ada")})
        assert service.audit is not None
        assert [finding for finding in service.audit(connection) if not finding.ok] == []
    late = {"business_date": "2026-03-22", "currency": "CNY", "sales_minor": 1, "receipts": 1}
    late |= {"member_sales_minor": 1, "member_receipts": 1}
    assert http.get(f"{BASE}/overview").json()["days"] == sorted(
        [*days, late], key=lambda day: str(day["business_date"])
    )


@pytest.mark.usefixtures("chain")
def test_a_clerk_sees_who_shops_at_hers_and_nobody_else(service: Service) -> None:
    west = client(service, role="clerk", stores=["W1"])
    assert sorted(listed(west)) == ["ada", "dora", "eve"]
    assert west.get(f"{BASE}/members/{member('ada')}").status_code == 200
    hidden, nobody = (west.get(f"{BASE}/members/{member(who)}") for who in ("bea", "nobody"))
    assert hidden.status_code == nobody.status_code == 404
    assert hidden.text.replace(str(member("bea")), "X") == nobody.text.replace(str(member("nobody")), "X")
    assert west.get(f"{BASE}/members", params={"store": "E1"}).status_code == 404
    assert west.get(f"{BASE}/members/export.csv").status_code == 403
    manager = client(service, role="store_manager", stores=["W1"])
    lines = list(csv.DictReader(io.StringIO(manager.get(f"{BASE}/members/export.csv").text)))
    assert sorted(NAMES[line["customer_id"]] for line in lines) == ["ada", "dora", "eve"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"sort": "name"}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"lifecycle": "asleep"}, "lifecycle"),
        ({"r": 6}, "r"),
        ({"contactable": "pigeon"}, "contactable"),
        ({"cursor": "bm90aGluZw=="}, "cursor"),
        ({"cursor": "WyJ4IiwiMDE5MGE1ZTQtMTExMS03YmJiLThjY2MtMDAwMDAwMDAwMDAxIl0="}, "cursor"),
    ],
)
def test_what_cannot_be_asked_is_said(http: TestClient, params: dict[str, Any], field: str | None) -> None:
    answer = http.get(f"{BASE}/members", params=params)
    assert answer.status_code == 422, answer.text
    if field is not None:
        assert field in answer.text
