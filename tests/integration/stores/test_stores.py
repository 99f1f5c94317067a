"""The registry: stores and tills, one at a time and by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.stores.conftest import STORE

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain

NEW = {"store": "BJ-001", "name": "王府井", "time_zone": "Asia/Shanghai", "currency": "CNY"}


def test_a_store_is_registered_changed_and_left_as_it_is(chain: Chain) -> None:
    details = {"region": "华北", "address": "1 Road", "latitude": 39.9, "longitude": 116.4}
    first = chain.post("/stores", NEW | {"tills": ["1"]})
    same = chain.post("/stores", NEW)
    changed = chain.post("/stores", NEW | details | {"tills": ["2", "1"]})
    assert [answer.json()["version"] for answer in (first, same, changed)] == [2, 2, 4]
    assert chain.get("/stores/BJ-001").json() == NEW | details | {"tills": ["1", "2"], "version": 4}
    told = chain.told("store_registered")[-2:]
    assert [(event["key"], event["region"], event["tills"]) for event in told] == [
        ("BJ-001", None, ["1"]),
        ("BJ-001", "华北", ["1", "2"]),
    ]


def test_a_currency_never_changes(chain: Chain) -> None:
    chain.post("/stores", NEW)
    answer = chain.post("/stores", NEW | {"currency": "USD"})
    assert (answer.status_code, answer.json()["code"]) == (409, "currency_fixed")


def test_a_time_zone_never_changes_so_that_a_receipt_sent_again_is_the_same_sale(chain: Chain) -> None:
    late = chain.receipt(occurred_at="2026-03-01T23:30:00+08:00")
    (first,) = chain.take(late)
    answer = chain.post("/stores", STORE | {"time_zone": "Asia/Tokyo"})
    assert (answer.status_code, answer.json()["code"]) == (409, "time_zone_fixed")
    assert "register" in answer.json()["detail"]
    assert chain.take(late) == [first | {"outcome": "duplicate"}]


def test_tills(chain: Chain) -> None:
    assert chain.post("/stores/SH-001/tills", {"till": "9"}).json() == {"store": "SH-001", "version": 4}
    assert chain.post("/stores/SH-001/tills", {"till": "9"}).json() == {"store": "SH-001", "version": 4}
    assert chain.get("/stores/SH-001").json()["tills"] == ["1", "2", "9"]
    chain.record(till="9")
    unknown = chain.post("/stores/NO/tills", {"till": "9"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "store_not_found")


def test_a_batch_answers_for_each_store(chain: Chain) -> None:
    stores: list[Any] = [
        NEW | {"tills": ["1"]},
        NEW,
        NEW | {"name": "other", "tills": ["2"]},
        NEW | {"name": "third", "tills": ["3"]},
        NEW | {"currency": "USD"},
        NEW | {"store": "x/y"},
        NEW | {"store": "TZ", "time_zone": "Mars/Base"},
        NEW | {"store": "C", "currency": "XAU"},
        NEW | {"store": "E", "surprise": 1},
        5,
    ]
    results = chain.post("/stores/batch", {"stores": stores}).json()["results"]
    outcomes = ["registered", "unchanged", "changed", "changed", *["rejected"] * 6]
    assert [result["outcome"] for result in results] == outcomes
    assert [result["version"] for result in results[:4]] == [2, 2, 4, 6]
    assert [result["code"] for result in results[4:]] == ["currency_fixed", *["invalid_input"] * 5]
    assert [result["errors"][0]["field"] for result in results[5:9]] == ["store", "time_zone", "currency", "surprise"]
    assert "Asia/Shanghai" in results[6]["errors"][0]["problem"]
    assert chain.get("/stores/BJ-001").json()["tills"] == ["1", "2", "3"]


@pytest.mark.parametrize("stores", [[], [NEW] * 1_001])
def test_a_batch_has_1_to_1000_stores(chain: Chain, stores: list[Any]) -> None:
    assert chain.post("/stores/batch", {"stores": stores}).status_code == 422


def test_stores_come_in_pages(chain: Chain) -> None:
    stores = [NEW | {"store": f"B{n}"} for n in range(4)]
    chain.post("/stores/batch", {"stores": stores})
    first = chain.get("/stores", limit=3).json()
    rest = chain.get("/stores", limit=3, cursor=first["next_cursor"]).json()
    assert [item["store"] for item in first["items"] + rest["items"]] == ["B0", "B1", "B2", "B3", "SH-001"]
    assert rest["next_cursor"] is None
    unknown = chain.get("/stores/NO")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "store_not_found")
