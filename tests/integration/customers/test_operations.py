"""Looking at a service and mending it over its API, as whoever runs it does: what it shows, does and writes down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from shared.kernel.ids import new_id
from shared.messaging.message import Record
from shared.messaging.parking import Parking, park
from shared.runtime.http import build_app
from shared.runtime.plant import Plant
from shared.testing.waiting import until
from tests.integration.customers.conftest import ROOT, Api, Topics
from tests.support.access import access, bearer
from tests.support.canary import CANARY, hits
from tests.support.sales import outgoing, sale

if TYPE_CHECKING:
    from tests.conftest import Database

CONSUMER = "customers.timeline"
OPERATOR = bearer("operator", name="ona")


@pytest.fixture
def http(api: Api, database: Database) -> Iterator[TestClient]:
    plant = Plant(database.log, database.owner_engine)
    with TestClient(build_app([api.service], access=access(), plant=plant), headers=OPERATOR) as made:
        yield made
    plant.close()


def look(http: TestClient) -> dict[str, Any]:
    answer = http.get(f"{ROOT}/operations")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_name(items: list[dict[str, Any]], field: str, name: str) -> dict[str, Any]:
    return next(item for item in items if item[field] == name)


def parks(api: Api, *records: Record, follower: bool = False) -> list[int]:
    with api.service.engine.begin() as connection:
        park(
            connection,
            CONSUMER,
            [Parking(r, "no_such_type", "cannot be read", follower, claimed=False) for r in records],
        )
    return [row[0] for row in api.rows("select id from parked order by id")]


def record(offset: int, *, name: str = "x") -> Record:
    return Record("stores.sales.v1", 0, offset, name.encode(), b"{}", name.encode())


def test_what_waits_is_counted_by_consumer_and_topic(api: Api, http: TestClient, topics: Topics) -> None:
    customer_id = api.register(card="1")
    before = look(http)
    assert (before["service"], before["outbox"], before["outbox_parked"]) == ("customers", 2, 0)
    assert by_name(before["consumers"], "consumer", CONSUMER)["behind"] == 0
    assert not topics.log.publish([outgoing(sale(UUID(customer_id), new_id())) for _ in range(3)])
    waiting = by_name(look(http)["consumers"], "consumer", CONSUMER)
    assert waiting["behind"] == 3
    sales = by_name(waiting["topics"], "topic", "stores.sales.v1")
    assert (sales["behind"], sales["partitions"]) == (3, len(topics.log.bounds("stores.sales.v1")))
    topics.publish([])
    assert by_name(look(http)["consumers"], "consumer", CONSUMER)["behind"] == 0


def test_without_a_log_there_is_no_lag_and_no_redrive(api: Api) -> None:
    [parked] = parks(api, record(1))
    found = api.http.get(f"{ROOT}/operations").json()
    assert {(consumer["behind"], consumer["topics"]) for consumer in found["consumers"]} == {(None, None)}
    answer = api.post("/operations/parked/redrive", {"consumer": CONSUMER, "parked_id": parked})
    assert (answer.status_code, answer.json()["code"]) == (409, "operation_not_here")
    assert "was not told where the event log is" in answer.json()["detail"]
    answer = api.post("/operations/rebuilds", {"read_model": "timeline"})
    assert (answer.status_code, answer.json()["code"]) == (409, "operation_not_here")
    assert "regulars rebuild customers" in answer.json()["detail"]


def test_parked_records_come_page_by_page_without_what_is_in_them(api: Api, http: TestClient) -> None:
    ids = parks(api, *(record(n, name=CANARY["name"]) for n in range(5)))
    seen: list[int] = []
    cursor: int | None = 0
    while cursor is not None:
        answer = http.get(f"{ROOT}/operations/parked?limit=2&cursor={cursor}")
        assert not hits(answer.content)
        seen += [item["parked_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
    assert seen == ids
    assert by_name(look(http)["consumers"], "consumer", CONSUMER)["parked"] == 5
    assert http.get(f"{ROOT}/operations/parked?queue=relay").json() == {"items": [], "next_cursor": None}


def test_a_redrive_handles_what_can_be_read_by_now(api: Api, http: TestClient) -> None:
    customer_id = api.register(card="1")
    sent = outgoing(sale(UUID(customer_id), new_id()))
    good = Record(sent.topic, 0, 7, sent.key, sent.headers, sent.body)
    wrong, right = parks(api, record(1), good)
    body = {"consumer": CONSUMER, "parked_id": right}
    assert http.post(f"{ROOT}/operations/parked/redrive", json=body).json() == {"handled": 1, "still_parked": 0}
    assert http.post(f"{ROOT}/operations/parked/redrive", json=body).json() == {"handled": 0, "still_parked": 0}
    kinds = [item["kind"] for item in api.get(f"/customers/{customer_id}/timeline").json()["items"]]
    assert kinds.count("sale_recorded") == 1
    body = {"consumer": CONSUMER, "parked_id": wrong}
    assert http.post(f"{ROOT}/operations/parked/redrive", json=body).json() == {"handled": 0, "still_parked": 1}
    audited = api.rows("select actor, subject from audit_log where action = 'parked_redriven' order by number")
    assert audited == [("regulars|ona", f"parked/{CONSUMER}/{id_}") for id_ in (right, right, wrong)]


def test_what_the_log_refused_goes_back_to_the_outbox(api: Api, http: TestClient) -> None:
    api.register(card="1")
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into outbox_parked (id, topic, key, event_id, headers, body, reason)"
            " select id, topic, key, event_id, headers, body, 'too large' from outbox",
        )
        connection.exec_driver_sql("delete from outbox")
    assert (look(http)["outbox"], look(http)["outbox_parked"]) == (0, 2)
    items = http.get(f"{ROOT}/operations/parked?queue=relay").json()["items"]
    assert {(item["consumer"], item["detail"], item["offset"]) for item in items} == {
        ("customers.relay", "too large", None),
    }
    body = {"consumer": "customers.relay", "parked_id": items[0]["parked_id"]}
    assert http.post(f"{ROOT}/operations/parked/redrive", json=body).json() == {"handled": 2, "still_parked": 0}
    assert (look(http)["outbox"], look(http)["outbox_parked"]) == (2, 0)


@pytest.mark.parametrize("name", ["customer_directory", "visibility"])
def test_a_rebuild_says_when_it_has_ended_and_what_it_found(api: Api, http: TestClient, name: str) -> None:
    api.register(card="1")

    def state() -> dict[str, Any]:
        return by_name(look(http)["read_models"], "read_model", name)

    assert (state()["rebuild"], state()["rebuilt_at"]) == (None, None)
    answer = http.post(f"{ROOT}/operations/rebuilds", json={"read_model": name})
    assert (answer.status_code, answer.json()) == (202, {"read_model": name})
    until(lambda: state()["rebuild"] == "equal", what="the rebuild")
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql("update customer_directory set home_store = 'wrong'")
    http.post(f"{ROOT}/operations/rebuilds", json={"read_model": "customer_directory"})
    until(
        lambda: by_name(look(http)["read_models"], "read_model", "customer_directory")["rebuild"] == "differed",
        what="the rebuild of what was wrong",
    )
    assert api.rows("select distinct home_store from customer_directory") == [(None,)]
    audited = api.rows("select distinct actor from audit_log where action like 'rebuild%'")
    assert audited == [("regulars|ona",)]


def test_what_is_not_there_is_refused_with_what_is(http: TestClient) -> None:
    answer = http.post(f"{ROOT}/operations/rebuilds", json={"read_model": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (404, "read_model_not_found")
    assert "customer_directory" in answer.json()["detail"]
    answer = http.post(f"{ROOT}/operations/parked/redrive", json={"consumer": "stores.sales", "parked_id": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "consumer_not_found")
    assert "customers.relay" in answer.json()["detail"]


@pytest.mark.parametrize("parked_id", [0, -1, 2**63, "x", None])
def test_no_record_has_such_an_id(http: TestClient, parked_id: object) -> None:
    body = {"consumer": CONSUMER, "parked_id": parked_id}
    assert http.post(f"{ROOT}/operations/parked/redrive", json=body).status_code == 422


@pytest.mark.parametrize("role", ["auditor", "store_manager", "marketer", "service", "privacy_officer"])
def test_others_neither_look_nor_mend(http: TestClient, role: str) -> None:
    for call in (
        http.get(f"{ROOT}/operations", headers=bearer(role)),
        http.get(f"{ROOT}/operations/parked", headers=bearer(role)),
        http.post(f"{ROOT}/operations/rebuilds", json={"read_model": "timeline"}, headers=bearer(role)),
    ):
        assert (call.status_code, call.json()["code"]) == (403, "permission_denied")
