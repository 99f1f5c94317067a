"""Segments over HTTP: defined, previewed, listed, explained; each to those who may see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.access import client as signed_in
from tests.support.purchases import bought, registered
from tests.support.sales import erased, member, message, receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service

BASE = "/api/segmentation/v1"
TODAY = date(2026, 3, 31)
COOLING = {"kind": "lifecycle", "in": ["cooling"]}
BOUGHT_AT_31 = {"kind": "purchases", "measure": "receipts", "window_days": 180, "stores": ["31"], "min": 1}
RULE = {"kind": "all", "of": [COOLING, BOUGHT_AT_31]}


def hear(service: Service, *events: IntegrationEvent) -> None:
    for consumer in service.consumers:
        batch = [message(event, consumer.views) for event in events if event.type in consumer.views]
        if batch:
            with service.engine.begin() as connection:
                consumer.handle(connection, batch, lock=False)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """Members 0 to 5: the even ones bought at 31 and the others at 32, a month later each."""
    hear(
        service,
        *[
            bought(
                member(n),
                receipt(n),
                [("p1", "tea", 100 * n)],
                day=TODAY - timedelta(days=30 * n + 1),
                store="31" if n % 2 == 0 else "32",
            )
            for n in range(6)
        ],
    )
    with signed_in(service) as opened:
        yield opened


def defined(client: TestClient, service: Service, **more: Any) -> Any:
    answer = client.post(f"{BASE}/segments", json={"code": "cooling-31", "name": "Cooling at 31", "rule": RULE} | more)
    assert answer.status_code == 201, answer.text
    service.jobs[1].run(TODAY)
    return answer.json()


def get(client: TestClient, path: str, status: int = 200) -> Any:
    answer = client.get(BASE + path)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_segment_is_defined_and_filled(client: TestClient, service: Service) -> None:
    answer = defined(client, service)
    assert (answer["version"], answer["kind"], answer["rule"], answer["computation"]["finished"]) == (
        1,
        "rule",
        RULE,
        False,
    )
    found = get(client, "/segments/cooling-31")
    assert (found["size"], found["computation"]) == (1, {"finished": True, "evaluated": 6, "population": 6})
    (only,) = get(client, "/segments/cooling-31/members")["items"]
    assert only["customer_id"] == str(member(2))
    assert only["reason"].startswith("last purchase 61 days ago, cooling from 45; 1 receipts in 180 days, stores 31")
    assert only["reason_zh"].startswith("最近一次购买在 61 天前, 满 45 天为降温; 180 天内购买 1 次, 门店 31")


def test_the_same_again_is_the_same_version_and_another_rule_the_next(client: TestClient, service: Service) -> None:
    defined(client, service)
    assert defined(client, service)["version"] == 1
    assert defined(client, service, name="Winter") | {"computation": 0} == get(client, "/segments/cooling-31") | {
        "computation": 0
    }
    assert defined(client, service, rule=COOLING)["version"] == 2
    assert get(client, "/segments/cooling-31")["size"] == 1
    names = [segment["code"] for segment in get(client, "/segments")["items"]]
    assert names[0] == "lifecycle.new"
    assert len(names) == 15
    assert names[-1] == "cooling-31"


def test_named_segments_are_segments_like_any_other(client: TestClient) -> None:
    found = get(client, "/segments/lifecycle.cooling")
    assert (found["name"], found["name_zh"], found["size"], found["rule"]) == ("Cooling", "降温", 1, COOLING)
    assert get(client, "/segments/lifecycle.lost")["size"] == 0
    refused = client.post(f"{BASE}/segments", json={"code": "lifecycle.cooling", "name": "x", "rule": COOLING})
    assert refused.status_code == 422


def test_a_preview_counts_and_keeps_nothing(client: TestClient) -> None:
    answer = client.post(f"{BASE}/segments/preview", json={"rule": RULE})
    assert answer.json() == {"size": 1, "population": 6, "as_of": "2026-03-31"}
    assert len(get(client, "/segments")["items"]) == 14


def test_pages_hold_every_member_once(client: TestClient, service: Service) -> None:
    defined(client, service, code="all", rule={"kind": "last_purchase", "min": 0})
    seen, cursor = [], ""
    for _ in range(3):
        page = get(client, f"/segments/all/members?limit=2{cursor}")
        seen += [item["customer_id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == sorted(str(member(n)) for n in range(6))


def test_a_members_segments_and_why(client: TestClient, service: Service) -> None:
    defined(client, service)
    segments = get(client, f"/customers/{member(2)}/segments")
    assert [item["segment"] for item in segments["items"]] == ["cooling-31", "lifecycle.cooling"]
    assert segments["items"][1]["reason"] == "last purchase 61 days ago, cooling from 45"
    assert segments["items"][1]["reason_zh"] == "最近一次购买在 61 天前, 满 45 天为降温"
    assert segments["items"][1]["since"] == "2026-03-31T12:00:00Z"
    why = get(client, f"/segments/cooling-31/members/{member(3)}/why")
    assert (why["inside"], why["since"], why["why"]["holds"], why["as_of"]) == (False, None, False, "2026-03-31")
    stage, receipts = why["why"]["of"]
    assert (stage["kind"], stage["holds"], stage["found"]) == ("lifecycle", False, "at_risk")
    assert (receipts["holds"], receipts["found"], receipts["asked"]["stores"]) == (False, 0, ["31"])
    assert receipts["text"] == "0 receipts in 180 days, stores 31 (asked for: 1 or more)"
    assert receipts["text_zh"] == "180 天内购买 0 次, 门店 31 (要求: 至少 1)"
    named = get(client, f"/segments/lifecycle.at_risk/members/{member(3)}/why")
    assert (named["inside"], named["why"]["holds"]) == (True, True)


def test_a_rule_that_cannot_be_is_refused_at_its_node(client: TestClient) -> None:
    wrong = {"kind": "all", "of": [COOLING, BOUGHT_AT_31 | {"window_days": 500}]}
    for path in ("/segments", "/segments/preview"):
        body = {"rule": wrong} | ({"code": "x", "name": "x"} if path == "/segments" else {})
        answer = client.post(BASE + path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_rule")
        assert answer.json()["errors"] == [
            {
                "pointer": "/rule/of/1/window_days",
                "problem": "Input should be less than or equal to 400",
                "value": 500,
            }
        ]
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(get(client, "/segments")["items"]) == 14


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/segments/nothing", 404),
        ("/segments/lifecycle.asleep", 404),
        ("/segments/nothing/members", 404),
        (f"/segments/nothing/members/{member(1)}/why", 404),
        (f"/segments/lifecycle.new/members/{member('nobody')}/why", 404),
        (f"/customers/{member('nobody')}/segments", 404),
        ("/segments/BIG", 422),
        ("/segments/%00", 422),
        ("/segments/lifecycle.new/members?cursor=%00", 422),
        ("/segments/lifecycle.new/members?limit=201", 422),
    ],
)
def test_what_is_not_there_or_cannot_be(client: TestClient, path: str, status: int) -> None:
    get(client, path, status)


@pytest.mark.parametrize("body", [{"code": "a.b"}, {"code": "x" * 61}, {"name": ""}, {"rule": []}, {"rules": {}}])
def test_bad_definitions(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post(f"{BASE}/segments", json={"code": "x", "name": "x", "rule": COOLING} | body)
    assert answer.status_code == 422


def test_there_is_an_end_of_segments(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.segmentation.application.segments.SEGMENTS_MAX", 1)
    body = {"name": "x", "rule": COOLING}
    assert client.post(f"{BASE}/segments", json=body | {"code": "a"}).status_code == 201
    refused = client.post(f"{BASE}/segments", json=body | {"code": "b"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_segments")
    assert client.post(f"{BASE}/segments", json=body | {"code": "a", "name": "y"}).status_code == 201


def test_a_clerk_sees_her_own_members_and_their_number(client: TestClient, service: Service) -> None:
    everybody = {"kind": "last_purchase", "min": 0}
    defined(client, service, code="all", rule=everybody)
    hear(service, registered(member("home"), store="31"))
    with signed_in(service, role="clerk", stores=["31"]) as clerk:
        mine = {str(member(n)) for n in (0, 2, 4)}
        assert {item["customer_id"] for item in get(clerk, "/segments/all/members")["items"]} == mine
        assert get(clerk, "/segments/all")["size"] == 3
        preview = clerk.post(f"{BASE}/segments/preview", json={"rule": everybody}).json()
        assert (preview["size"], preview["population"]) == (3, 4)
        get(clerk, f"/customers/{member(1)}/segments", 404)
        get(clerk, f"/segments/all/members/{member(1)}/why", 404)
        get(clerk, f"/segments/all/members/{member(2)}/why")
        refused = clerk.post(f"{BASE}/segments", json={"code": "x", "name": "x", "rule": everybody})
        assert refused.status_code == 403
    with signed_in(service, role="marketer", stores=["31"]) as marketer:
        refused = marketer.post(f"{BASE}/segments", json={"code": "x", "name": "x", "rule": everybody})
        assert refused.status_code == 403, "a segment is the whole chain's"


def test_of_the_erased_nothing_is_said(client: TestClient, service: Service) -> None:
    hear(service, erased(member(2)))
    get(client, f"/customers/{member(2)}/segments", 404)
    get(client, f"/segments/lifecycle.cooling/members/{member(2)}/why", 404)
    assert get(client, "/segments/lifecycle.cooling")["size"] == 0
