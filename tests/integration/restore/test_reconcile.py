"""What `regulars reconcile` calls a fork and what it does not, and that what it mends is mended everywhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.mending import erase_again, erasures_known, erasures_told, retell
from services.reconciling import Report, reconcile
from shared.contracts.loyalty import PointsReserved
from shared.database.batch import fetch, run
from shared.kernel.ids import new_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.messaging.offsets import ConsumerStopped
from tests.support.four_stores import FourStores, card, member, person, receipt, receipt_id
from tests.support.processes import environment_of
from tests.support.records import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Database

LATER = "2026-03-05T10:00:00+08:00"
WHO = member("E1")


@pytest.fixture
def chain(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FourStores]:
    """Two receipts in each of four stores, and everybody has heard of them."""
    monkeypatch.setattr(os, "environ", os.environ | environment_of(database, tmp_path))
    with FourStores(database, tmp_path / "keys") as made:
        made.open_for_business()
        made.settle()
        yield made


def compared(chain: FourStores) -> Report:
    return reconcile(list(chain.services.values()), chain.database.log())


def forget(chain: FourStores, service: str, stream_id: UUID, *, from_version: int = 1) -> None:
    """As if `service` had been restored to before `from_version` of a stream; read models aside."""
    with chain.database.superuser().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        names = {"id": str(stream_id), "version": from_version}
        for table, condition in (("events", "stream_version >= :version"), ("stream_state", ":version > 0")):
            connection.execute(text(f"delete from {service}.{table} where stream_id = :id and {condition}"), names)


def take_back(chain: FourStores, line: dict[str, Any]) -> None:
    body = {"return_id": str(new_id()), "returned_at": LATER, "lines": [line]}
    chain.done(f"POST /stores/v1/receipts/{receipt_id('E1')}/returns", body)
    chain.settle()


def earned(chain: FourStores) -> list[tuple[Any, ...]]:
    with chain.services["loyalty"].engine.begin() as connection:
        asked = "select net_minor from receipt_points where receipt_id = %(id)s"
        return fetch(connection, asked, {"id": receipt_id("E1")})


def test_what_everybody_knows_is_no_fork(chain: FourStores) -> None:
    # One of each kind that is told in two records, or as it is now: a move, and a till more.
    chain.done(f"POST /stores/v1/receipts/{receipt_id('E1')}/attribution", {"customer_id": str(member("W1"))})
    chain.done("POST /stores/v1/stores/E1/tills", {"till": "9"})
    take_back(chain, {"line": 1, "amount_minor": 1_000})
    found = compared(chain)
    assert (found.well, found.forks, found.healed, found.behind, found.waiting) == (True, {}, 0, 0, 0)
    assert found.compared > 40


def test_a_lost_receipt_is_named_by_store_till_and_number_until_its_till_sends_it_again(chain: FourStores) -> None:
    told = told_id(chain)
    forget(chain, "stores", receipt_id("E1"))
    [fork] = compared(chain).forks.values()
    assert (fork.service, fork.lost, fork.types) == ("stores", True, {"stores.sale_recorded.v1"})
    named = {name: fork.names[name] for name in ("store_id", "till_id", "number", "business_date")}
    assert named == {"store_id": "E1", "till_id": "1", "number": "1", "business_date": "2026-03-01"}
    before = earned(chain)

    chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E2"), receipt("E1")]})
    chain.settle()
    assert compared(chain).well
    assert earned(chain) == before
    assert told_id(chain) == told, "sent in other company, it is told under the same id"


def told_id(chain: FourStores) -> UUID:
    with chain.services["stores"].engine.begin() as connection:
        asked = "select event_id from events where stream_id = %(id)s and stream_version = 1"
        [[event_id]] = fetch(connection, asked, {"id": str(receipt_id("E1"))})
    return UUID(str(event_id))


def test_a_receipt_with_two_pasts_is_told_anew_and_everybody_agrees(chain: FourStores) -> None:
    take_back(chain, {"line": 1, "amount_minor": 1_000})
    take_back(chain, {"line": 1, "amount_minor": 500})
    forget(chain, "stores", receipt_id("E1"), from_version=2)
    take_back(chain, {"line": 1, "amount_minor": 4_000})
    assert earned(chain) == [(8_500,)], "loyalty keeps what it heard under a newer version"

    found = compared(chain)
    [fork] = found.forks.values()
    assert (fork.stream, fork.lost, fork.heard_version) == (f"receipt-{receipt_id('E1')}", False, 3)
    assert retell(chain.services["stores"], found.forks.values()) == 1
    chain.settle()
    assert earned(chain) == [(6_000,)]
    assert (compared(chain).well, compared(chain).healed) == (True, 2)
    assert retell(chain.services["stores"], found.forks.values()) == 0, "told anew already"

    take_back(chain, {"line": 1, "amount_minor": 500})
    assert earned(chain) == [(5_500,)], "and what comes later is newer than all of it"


def test_a_receipt_that_others_keep_for_somebody_else_is_taken_from_them(chain: FourStores) -> None:
    chain.done(f"POST /stores/v1/receipts/{receipt_id('E1')}/attribution", {"customer_id": str(member("W1"))})
    chain.settle()
    forget(chain, "stores", receipt_id("E1"), from_version=2)
    retell(chain.services["stores"], compared(chain).forks.values())
    chain.settle()
    with chain.services["loyalty"].engine.begin() as connection:
        asked = "select customer_id, net_minor from receipt_points where receipt_id = %(id)s"
        assert dict(fetch(connection, asked, {"id": receipt_id("E1")})) == {member("E1"): 10_000, member("W1"): 0}
    assert compared(chain).well


def test_a_lost_redemption_is_named_until_it_is_booked_again(chain: FourStores) -> None:
    body = {"redemption_id": str(new_id()), "customer_id": str(WHO), "points": 30}
    reserved = PointsReserved.model_validate(
        body | {"account_version": 9, "available": 70, "occurred_at": LATER, "reserved_until": LATER},
    )
    chain.database.log().publish([wrapped(reserved, str(WHO), new_id())])
    [fork] = compared(chain).forks.values()
    assert (fork.service, fork.lost) == ("loyalty", False)
    assert {name: fork.names[name] for name in ("redemption_id", "customer_id", "points")} == body

    chain.done("POST /loyalty/v1/redemptions", body)
    chain.settle()
    assert compared(chain).well


def test_an_erasure_that_came_undone_is_done_again_under_its_old_id(chain: FourStores) -> None:
    customers = chain.services["customers"]
    chain.done(f"POST /customers/v1/customers/{WHO}/erasure")
    chain.settle()
    kept_apart = list(erasures_known(customers))
    with customers.engine.begin() as connection:
        erased = fetch(connection, "select event_id, stream_version from events where type = 'customer_erased'")
    forget(chain, "customers", WHO, from_version=erased[0][1])
    [fork] = compared(chain).forks.values()
    assert (fork.service, fork.types) == ("customers", {"customers.erased.v1"})

    assert list(erasures_told(chain.database.log())) == kept_apart
    assert erase_again(customers, erasures_told(chain.database.log())) == (1, 1)
    assert erase_again(customers, kept_apart) == (1, 0)
    with customers.engine.begin() as connection:
        assert fetch(connection, "select event_id, stream_version from events where type = 'customer_erased'") == erased
    chain.settle()
    assert compared(chain).well


def test_somebody_who_was_erased_does_not_come_back_by_a_registration_that_is_sent_again(chain: FourStores) -> None:
    customers = chain.services["customers"]
    chain.done(f"POST /customers/v1/customers/{WHO}/erasure")
    chain.settle()
    forget(chain, "customers", WHO)
    with customers.engine.begin() as connection:
        run(connection, "delete from customer_directory")
    assert erase_again(customers, erasures_told(chain.database.log())) == (1, 1)
    again = chain.call("POST /customers/v1/customers", person("E1"))
    assert (again.status_code, again.json()["code"]) == (409, "customer_erased")
    stranger = chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E1", "77", who=card("E1"))]})
    assert stranger["results"][0]["outcome"] == "recorded"


def test_a_consumer_that_is_ahead_of_the_log_stops_and_says_how_to_go_on(chain: FourStores) -> None:
    loyalty = chain.services["loyalty"]
    place = TopicPartition("stores.sales.v1", 3)
    with loyalty.engine.begin() as connection:
        run(
            connection,
            "update consumer_offsets set next_offset = 1000 where consumer = 'loyalty.sales' and partition = 3",
        )
    found = compared(chain)
    assert not found.well
    assert [line.partition(" in ")[0] for line in found.ahead] == ["loyalty.sales stands at 1000"]
    consumer = next(consumer for consumer in loyalty.consumers if consumer.name == "loyalty.sales")
    event_log = chain.database.log()
    with pytest.raises(ConsumerStopped, match=r"regulars offsets set loyalty\.sales stores\.sales\.v1 3") as stopped:
        BatchReader(loyalty.engine, consumer, event_log).positions([place])
    assert stopped.value.code == "ahead_of_log"


def test_a_record_of_somebody_else_is_named_and_nothing_of_it_repeated(chain: FourStores) -> None:
    with chain.database.superuser().begin() as connection:
        connection.execute(
            text(
                "insert into log.records select topic, partition, end_offset, 'k', '{}', 'Zanzibar' from log.partitions"
                " where topic = 'customers.events.v1' and partition = 0",
            ),
        )
        connection.execute(
            text("update log.partitions set end_offset = end_offset + 1 where topic = 'customers.events.v1'"),
        )
    found = compared(chain)
    assert len(found.unreadable) == 1
    assert found.unreadable[0].startswith("customers.events.v1/0@")
