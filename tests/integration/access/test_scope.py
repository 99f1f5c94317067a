"""Whom a store sees: those who are at home there, who buy there, and who showed themselves there in the last day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from shared.database.batch import fetch
from shared.kernel.ids import new_id
from tests.conftest import fresh_database
from tests.support.access import bearer
from tests.support.four_stores import NOON, SOLD, FourStores, receipt, receipt_id

if TYPE_CHECKING:
    from shared.database.embedded import EmbeddedPostgres

A_DAY_LATER, AFTER_THAT = "2026-03-11T11:59:59+08:00", "2026-03-11T12:00:01+08:00"
SEES_MEMBERS = ("customers/v1/customers", "loyalty/v1/accounts")


@pytest.fixture(scope="module")
def chain(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourStores]:
    with fresh_database(postgres) as database, FourStores(database, tmp_path_factory.mktemp("keys")) as made:
        made.open_for_business()
        yield made


@pytest.fixture(autouse=True)
def noon(chain: FourStores) -> Iterator[None]:
    yield
    if chain.business_time != NOON:
        chain.at(NOON)


def clerk(*stores: str) -> dict[str, str]:
    return bearer("clerk", stores=stores, name=f"clerk of {' '.join(stores)}")


def somebody(chain: FourStores, home: str | None, **more: Any) -> tuple[UUID, str]:
    """A new member and her card."""
    customer_id = new_id()
    shown = f"C{customer_id.hex[-12:]}"
    body = {"customer_id": str(customer_id), "card": shown} | ({"home_store": home} if home else {}) | more
    chain.done("POST /customers/v1/customers", body)
    return customer_id, shown


def sees(chain: FourStores, who: dict[str, str], customer_id: UUID) -> list[bool]:
    """Whether `who` sees the member in `customers`, and her account in `loyalty`."""
    answers = [chain.call(f"GET /{path}/{customer_id}", headers=who) for path in SEES_MEMBERS]
    assert {answer.status_code for answer in answers} <= {200, 404}
    return [answer.is_success for answer in answers]


def look_up(chain: FourStores, who: dict[str, str], shown: str) -> int:
    return int(chain.call("POST /customers/v1/lookups", {"card": shown}, headers=who).status_code)


def rows(chain: FourStores, service: str, sql: str) -> list[tuple[Any, ...]]:
    with chain.services[service].engine.connect() as connection:
        return fetch(connection, sql)


def test_who_shows_her_card_is_seen_there_for_a_day(chain: FourStores) -> None:
    anne, shown = somebody(chain, "W1")
    chain.settle()
    assert sees(chain, clerk("E1"), anne) == [False, False]
    assert look_up(chain, clerk("E1", "W2"), shown) == 200
    assert sees(chain, clerk("E1"), anne)[0], "at once, where she was looked up"
    chain.settle()
    for store, known in {"E1": True, "W2": True, "W1": True, "E2": False}.items():
        assert sees(chain, clerk(store), anne) == [known] * 2
    chain.at(A_DAY_LATER)
    assert sees(chain, clerk("E1"), anne) == [True, True]
    chain.at(AFTER_THAT)
    assert sees(chain, clerk("E1"), anne) == [False, False]
    assert sees(chain, clerk("W1"), anne) == [True, True], "at home she is seen for ever"
    assert look_up(chain, clerk("E1"), shown) == 200
    chain.settle()
    assert sees(chain, clerk("E1"), anne) == [True, True]


def test_each_opening_is_written_down_and_nothing_else(chain: FourStores) -> None:
    ben, shown = somebody(chain, "W1")
    logged = f"select actor, details::text from audit_log where subject = 'customer/{ben}' order by number"
    for _ in range(2):
        assert look_up(chain, clerk("W1"), shown) == 200
    assert look_up(chain, bearer("service_desk"), shown) == 200
    assert rows(chain, "customers", logged) == [], "whoever sees her anyway opens nothing"
    assert look_up(chain, clerk("E1"), shown) == 200
    ((actor, details),) = rows(chain, "customers", logged)
    assert actor.endswith("|clerk of E1")
    assert details == '{"stores":"E1","until":"2026-03-11T12:00:00+08:00"}'


def test_a_region_finds_only_whom_it_sees(chain: FourStores) -> None:
    carl, shown = somebody(chain, "W1")
    east, west = (bearer("store_manager", regions=[region]) for region in ("east", "west"))
    assert (look_up(chain, east, shown), look_up(chain, west, shown)) == (404, 200)
    assert look_up(chain, clerk("E1"), shown) == 200
    assert look_up(chain, east, shown) == 200, "one of its stores sees her now"
    assert sees(chain, east, carl)[0]


def test_who_buys_in_another_store_is_seen_there(chain: FourStores) -> None:
    dora, shown = somebody(chain, "W1")
    chain.settle()
    assert sees(chain, clerk("E2"), dora) == [False, False]
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E2", "D1", who=shown)]})
    chain.settle()
    assert sees(chain, clerk("E2"), dora) == [True, True]
    assert sees(chain, clerk("E1"), dora) == [False, False]
    scores = f"GET /segmentation/v1/customers/{dora}/scores"
    managers = [bearer("store_manager", stores=[store]) for store in ("E2", "E1")]
    assert [chain.call(scores, headers=who).status_code for who in managers] == [200, 404]


def test_a_purchase_that_waited_for_its_member_shows_her(chain: FourStores) -> None:
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E2", "L1", who="LATE-1")]})
    emma, _ = somebody(chain, None, card="LATE-1")
    chain.settle()
    assert sees(chain, clerk("E2"), emma) == [True, True]


def test_the_erased_are_nobody_and_stay_so(chain: FourStores) -> None:
    fred, shown = somebody(chain, "E1")
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E1", "F1", who=shown)]})
    chain.settle()
    # Sold and on its way to everybody when she is erased.
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E2", "F2", who=shown)]})
    chain.done(f"POST /customers/v1/customers/{fred}/erasure")
    unknown = chain.call(f"GET /customers/v1/customers/{new_id()}", headers=clerk("E1"))
    assert chain.call(f"GET /customers/v1/customers/{fred}", headers=clerk("E1")).text == unknown.text
    chain.settle()
    for store in ("E1", "E2"):
        assert sees(chain, clerk(store), fred) == [False, False]
    for service in ("customers", "loyalty", "segmentation"):
        for table in ("member_stores", "member_openings"):
            assert rows(chain, service, f"select from {table} where customer_id = '{fred}'") == []
    assert look_up(chain, clerk("E1"), shown) == 404


def test_pages_hold_only_what_is_seen(chain: FourStores) -> None:
    mixed = [somebody(chain, home)[0] for home in ("E2", "W2", "W1", "E2", "W1", "E2", "E1", "E2", "W2")]
    chain.settle()
    for path in SEES_MEMBERS:
        found, cursor = [], ""
        while cursor is not None:
            page = chain.call(f"GET /{path}?limit=2{cursor and f'&cursor={cursor}'}", headers=clerk("E2")).json()
            assert len(page["items"]) <= 2
            found += [UUID(item["customer_id"]) for item in page["items"]]
            cursor = page["next_cursor"]
        assert len(found) == len(set(found))
        assert [one for one in mixed if one in found] == [mixed[n] for n in (0, 3, 5, 7)]


def test_a_store_that_moves_takes_its_members_along(chain: FourStores) -> None:
    gina, _ = somebody(chain, "W2")
    east = bearer("store_manager", regions=["east"])
    moved = {"store": "W2", "name": "W2", "time_zone": "Asia/Shanghai", "currency": "CNY", "region": "east"}
    chain.settle()
    assert sees(chain, east, gina) == [False, False]
    chain.done("POST /stores/v1/stores", moved)
    assert chain.call("GET /stores/v1/stores/W2", headers=east).is_success
    chain.settle()
    assert sees(chain, east, gina) == [True, True]
    chain.done("POST /stores/v1/stores", moved | {"region": "west"})
    chain.settle()
    assert sees(chain, east, gina) == [False, False]


def test_a_clerk_registers_into_her_own_store(chain: FourStores) -> None:
    def register(who: dict[str, str], **more: str) -> tuple[int, str | None]:
        customer_id = new_id()
        body = {"customer_id": str(customer_id), "card": f"R{customer_id.hex[-12:]}"} | more
        answer = chain.call("POST /customers/v1/customers", body, headers=who)
        if not answer.is_success:
            assert answer.json()["field"] == "home_store"
            return answer.status_code, None
        entry = chain.call(f"GET /customers/v1/customers/{customer_id}", headers=who)
        return answer.status_code, entry.json()["home_store"]

    assert register(clerk("E1")) == (201, "E1"), "she sees at once whom she registered"
    assert register(clerk("E1", "E2")) == (422, None), "she has to say in which"
    assert register(clerk("E1", "E2"), home_store="E2") == (201, "E2")
    assert register(clerk("E1"), home_store="W1") == register(clerk("E1"), home_store="N0") == (422, None)
    assert register(bearer("store_manager", regions=["west"]), home_store="W2") == (201, "W2")


def test_a_till_sends_its_own_receipts_and_the_others_are_refused_one_by_one(chain: FourStores) -> None:
    till = bearer("till", stores=["E1"], device="E1/1")
    sent = [receipt("E1", "T1"), receipt("E1", "T1", till="2"), receipt("W1", "T1"), receipt("N0", "T1")]
    answer = chain.call("POST /stores/v1/receipts", {"receipts": [{}, *sent]}, headers=till).json()
    broken, own, *others = answer["results"]
    assert (broken["outcome"], own["outcome"]) == ("invalid", "recorded")
    assert [(r["outcome"], r["code"], r["errors"][0]["field"]) for r in others] == [
        ("invalid", "not_yours", "till"),
        ("invalid", "not_yours", "store"),
        ("invalid", "not_yours", "store"),
    ]
    foreign, unknown = (str(r["errors"]) for r in others[1:])
    assert foreign.replace("W1", "N0") == unknown, "nobody learns which stores there are"
    assert chain.call(f"GET /stores/v1/receipts/{receipt_id('W1', 'T1')}").status_code == 404
    # Goods come back at any till of the store.
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E1", "T2", till="2")]})
    back = {"return_id": str(new_id()), "returned_at": SOLD, "lines": [{"line": 1}]}
    path = f"POST /stores/v1/receipts/{receipt_id('E1', 'T2', '2')}/returns"
    assert chain.call(path, back, headers=till).is_success


def test_a_store_gives_receipts_only_to_who_shows_a_card(chain: FourStores) -> None:
    hugo, shown = somebody(chain, "W1")
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E1", "G1")]})
    chain.settle()
    manager, path = bearer("store_manager", stores=["E1"]), f"POST /stores/v1/receipts/{receipt_id('E1', 'G1')}"
    known, unknown = (
        chain.call(f"{path}/attribution", {"customer_id": str(id_)}, headers=manager) for id_ in (hugo, new_id())
    )
    assert (known.status_code, known.text) == (422, unknown.text), "an id alone opens nobody"
    assert chain.call(f"{path}/attribution", {"member": {"card": shown}}, headers=manager).is_success
    chain.settle()
    assert sees(chain, clerk("E1"), hugo) == [True, True]


def test_what_changes_the_whole_chain_is_not_for_a_part_of_it(chain: FourStores) -> None:
    answer = chain.call("POST /segmentation/v1/sweeps", headers=bearer("hq_admin", regions=["east"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
