"""Sightings come from topics: in any order, any number of times, beside erasures, and again in a rebuild."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from shared.access.sightings import project
from shared.contracts.customers import CustomerRegistered, MemberOpened
from shared.contracts.envelope import wrap
from shared.contracts.stores import SaleAttributed, StoreRegistered
from shared.database.batch import fetch
from shared.database.migrate import application_role
from shared.kernel.ids import new_id
from shared.messaging.decode import decode
from shared.messaging.message import Message, Record
from shared.projections.rebuild import rebuild_topic_read_model
from shared.testing.waiting import until
from tests.support.four_stores import FourStores, card, receipt
from tests.support.four_stores import member as local
from tests.support.locks import somebody_waits
from tests.support.sales import NOON, erased, member, message, sale
from tests.support.sales import receipt as receipt_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.contracts.base import IntegrationEvent
    from shared.projections.topics import TopicReadModel
    from shared.runtime.service import Service
    from tests.conftest import Database

TABLES = ("member_stores", "member_openings", "store_regions", "erased_members")


@pytest.fixture
def service(database: Database) -> Iterator[Service]:
    built = loyalty.build(database.settings(LoyaltySettings))
    yield built
    built.engine.dispose()


def model_of(service: Service) -> TopicReadModel:
    return next(model for model in service.topic_read_models if model.name == "visibility")


def rows(service: Service) -> dict[str, list[tuple[Any, ...]]]:
    with service.engine.begin() as connection:
        return {table: sorted(fetch(connection, f"select * from {table}"), key=str) for table in TABLES}


def hear(service: Service, *messages: Message[Any]) -> None:
    with service.engine.begin() as connection:
        project(connection, {}, messages)


def heard(service: Service, event: IntegrationEvent) -> Message[Any]:
    return message(event, model_of(service).consumer.views)


def told(service: Service, region: str, minute: int) -> Message[Any]:
    """Where a store is since a minute past noon."""
    event = StoreRegistered(store_id="S1", time_zone="UTC", currency="USD", region=region)
    id_, at = new_id(), NOON + timedelta(minutes=minute)
    sent = wrap(event, key="S1", event_id=id_, source="/t", time=at, correlation_id=id_, causation_id=id_)
    found = decode(Record(sent.topic, 0, 0, sent.key, sent.headers, sent.body), model_of(service).consumer.views)
    assert found is not None
    return found


def year(service: Service, chance: random.Random) -> list[Message[Any]]:
    facts: list[IntegrationEvent] = []
    for n in range(120):
        who, store = member(n % 12), f"S{chance.randrange(4)}"
        kind = SaleAttributed if n % 3 else None
        bought = sale(who if n % 7 else None, receipt_of(n), **({"kind": kind} if kind else {}))
        facts.append(bought.model_copy(update={"store_id": store}))
        if n % 5 == 0:
            home = store if n % 2 else None
            facts.append(CustomerRegistered(customer_id=who, occurred_at=NOON, home_store=home))
            end = NOON + timedelta(hours=chance.randrange(48))
            facts.append(MemberOpened(customer_id=who, occurred_at=NOON, store_id=store, until=end))
        if n % 40 == 39:
            facts.append(erased(member(chance.randrange(12))))
    return [heard(service, fact) for fact in facts] + [told(service, f"r{n}", n) for n in range(5)]


@pytest.mark.parametrize("seed", range(4))
def test_neither_order_nor_repetition_matters(service: Service, database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seeded shuffle
    facts = year(service, chance)
    hear(service, *facts)
    first = rows(service)
    assert all(first.values())
    with database.owner_engine("loyalty").begin() as connection:
        connection.execute(text(f"truncate {', '.join(TABLES)}"))
    again = facts + chance.sample(facts, k=len(facts) // 2)
    chance.shuffle(again)
    while again:
        size = chance.randint(1, 40)
        hear(service, *again[:size])
        again = again[size:]
    assert rows(service) == first
    assert first["store_regions"][0][1] == "r4", "the newest place of a store holds"


def test_a_sighting_waits_for_an_erasure_that_has_begun(service: Service) -> None:
    anne = member("anne")
    with service.engine.begin() as connection:
        project(connection, {}, [heard(service, erased(anne))])
        hearing = threading.Thread(target=partial(hear, service, heard(service, sale(anne, receipt_of(1)))))
        hearing.start()
        until(lambda: somebody_waits(service.engine), what="the sighting waits for the erasure")
    hearing.join()
    assert rows(service)["member_stores"] == []


def test_an_erasure_waits_for_a_sighting_that_has_begun(service: Service) -> None:
    anne = member("anne")
    with service.engine.begin() as connection:
        project(connection, {}, [heard(service, sale(anne, receipt_of(1)))])
        hearing = threading.Thread(target=partial(hear, service, heard(service, erased(anne))))
        hearing.start()
        until(lambda: somebody_waits(service.engine), what="the erasure waits for the sighting")
    hearing.join()
    assert rows(service)["member_stores"] == []


def test_a_rebuild_makes_equal_rows_everywhere(database: Database, tmp_path: Path) -> None:
    with FourStores(database, tmp_path / "keys") as chain:
        chain.open_for_business()
        chain.done("POST /stores/v1/receipts", {"receipts": [receipt("E2", "9", who=card("W1"))]})
        chain.done(f"POST /customers/v1/customers/{local('E1')}/erasure")
        chain.settle()
        for name in ("customers", "loyalty", "segmentation"):
            model = model_of(chain.services[name])
            report = rebuild_topic_read_model(
                database.owner_engine(name),
                database.log(),
                model,
                application_role(name),
            )
            assert report.equal, (name, report)
            assert report.read > 0
            counts = {table.table: table.rows for table in report.tables}
            assert (counts["member_stores"], counts["store_regions"]) == (4, 4), "E1's member is gone, W1's is in two"
