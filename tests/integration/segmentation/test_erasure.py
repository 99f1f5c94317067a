"""Of an erased customer nothing stays and nothing comes back, whoever is first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segmentation.read_models.member_facts.projection import VIEWS
from shared.database.batch import fetch, run
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.testing.waiting import until
from tests.support.locks import somebody_waits
from tests.support.sales import DAY, detached, erased, member, message, outgoing, receipt, sale

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service
    from tests.conftest import Database

TABLES = ("purchases", "member_facts", "member_scores")


def holders(service: Service) -> dict[str, set[object]]:
    with service.engine.begin() as connection:
        return {name: {who for (who,) in fetch(connection, f"select customer_id from {name}")} for name in TABLES}


def erase(service: Service, *events: IntegrationEvent) -> None:
    consumer = service.consumers[1]
    with service.engine.begin() as connection:
        consumer.handle(connection, [message(event, consumer.views) for event in events], lock=False)


def hear(service: Service, *events: IntegrationEvent) -> None:
    with service.engine.begin() as connection:
        service.consumers[0].handle(connection, [message(event, VIEWS) for event in events], lock=False)


def test_an_erasure_removes_the_member_from_every_table_and_tells_it(service: Service) -> None:
    a, b = member("a"), member("b")
    hear(service, sale(a, receipt(1)), sale(b, receipt(2)))
    service.jobs[0].run(DAY)
    assert holders(service) == {table: {a, b} for table in TABLES}
    erase(service, erased(a))
    assert holders(service) == {table: {b} for table in TABLES}
    with service.engine.begin() as connection:
        last = fetch(connection, "select convert_from(headers, 'utf8') from outbox order by id desc limit 1")[0][0]
    assert "scores_withdrawn" in last
    service.jobs[0].run(DAY)
    assert holders(service)["member_scores"] == {b}


_EVENTS = [
    sale(member("a"), receipt(1)),
    sale(member("a"), receipt(2), net=5),
    sale(member("a"), receipt(1), version=2, net=7),
    detached(member("a"), receipt(2), version=2),
    sale(member("b"), receipt(3)),
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations([*_EVENTS, erased(member("a"))]), st.booleans())
def test_any_interleaving_with_sales_leaves_nothing(
    service: Service,
    order: list[IntegrationEvent],
    twice: bool,
) -> None:
    with service.engine.begin() as connection:
        run(connection, "delete from purchases; delete from member_facts; delete from erased_customers")
    for event in [*order, *(order if twice else [])]:
        (erase if event.type.startswith("customers") else hear)(service, event)
    found = holders(service)
    assert (found["purchases"], found["member_facts"]) == ({member("b")}, {member("b")})


def test_an_erasure_waits_for_a_batch_of_sales_that_cannot_know_of_it(service: Service) -> None:
    a = member("a")
    with service.engine.begin() as batch:
        service.consumers[0].handle(batch, [message(sale(a, receipt(1)), VIEWS)], lock=False)
        erasing = threading.Thread(target=erase, args=(service, erased(a)))
        erasing.start()
        until(lambda: somebody_waits(service.engine), what="the erasure waits for the sales")
    erasing.join()
    assert holders(service)["purchases"] == set()


def test_a_batch_of_sales_waits_for_an_erasure_that_has_begun(service: Service) -> None:
    a = member("a")
    with service.engine.begin() as connection:
        consumer = service.consumers[1]
        consumer.handle(connection, [message(erased(a), consumer.views)], lock=False)
        hearing = threading.Thread(target=hear, args=(service, sale(a, receipt(1))))
        hearing.start()
        until(lambda: somebody_waits(service.engine), what="the sales wait for the erasure")
    hearing.join()
    assert holders(service)["purchases"] == set()


def test_parked_sales_of_the_erased_lose_their_bytes(service: Service, database: Database) -> None:
    event_log, a = database.log(), member("a")
    broken = outgoing(sale(a, receipt(1)))
    broken = type(broken)(broken.topic, broken.key, broken.event_id, broken.headers, b'{"receipt_id": 1}')
    event_log.publish([broken, outgoing(sale(a, receipt(2)))])
    for consumer, event in zip(service.consumers[:2], [None, erased(a)], strict=True):
        if event is not None:
            event_log.publish([outgoing(event)])
        reader = BatchReader(service.engine, consumer, event_log)
        partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in range(12)]
        reader.handle(event_log.fetch(reader.positions(partitions), 1000))
    with service.engine.begin() as connection:
        assert fetch(connection, "select body, reason from parked") == [(None, "erased")] * 2
