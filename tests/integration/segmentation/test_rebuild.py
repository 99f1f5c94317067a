"""Rebuilding facts from the sales topic: equal rows, with sales and erasures going on."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.stores import SaleAttributed
from shared.database.batch import fetch, run
from shared.database.migrate import application_role
from shared.kernel.errors import PermanentError
from shared.messaging.batches import BatchReader
from shared.messaging.log import Member
from shared.messaging.message import Record, TopicPartition
from shared.messaging.redrive import redrive
from shared.projections.rebuild import RebuildReport, rebuild_topic_read_model
from shared.testing.waiting import until
from tests.support.locks import somebody_waits
from tests.support.sales import DAY, detached, erased, member, outgoing, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.contracts.base import IntegrationEvent
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database

TABLES = ("purchases", "member_facts")


@pytest.fixture
def event_log(database: Database) -> PostgresLog:
    return database.log()


@pytest.fixture
def running(service: Service, event_log: PostgresLog) -> Iterator[None]:
    """Both consumers run, as in a process of the service."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=event_log.feed, args=(BatchReader(service.engine, c, event_log), Member(), stop))
        for c in service.consumers
    ]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


def publish(event_log: PostgresLog, *events: IntegrationEvent) -> None:
    event_log.publish([outgoing(event) for event in events])


def caught_up(service: Service, event_log: PostgresLog) -> bool:
    with service.engine.begin() as connection:
        stands = fetch(connection, "select consumer, topic, partition, next_offset from consumer_offsets")
    offsets = {(consumer, topic, partition): offset for consumer, topic, partition, offset in stands}
    return all(
        offsets.get((consumer.name, topic, partition)) == bounds.end
        for consumer in service.consumers
        for topic in consumer.topics
        for partition, bounds in event_log.bounds(topic).items()
    )


def rows(service: Service) -> list[list[tuple[Any, ...]]]:
    with service.engine.begin() as connection:
        return [fetch(connection, f"select * from {table} order by 1, 2") for table in TABLES]


def rebuild(database: Database, service: Service, event_log: PostgresLog, **more: Any) -> RebuildReport:
    return rebuild_topic_read_model(
        database.owner_engine("segmentation"),
        event_log,
        service.topic_read_models[0],
        application_role("segmentation"),
        **more,
    )


def year(seed: int, receipts: int = 400) -> list[IntegrationEvent]:
    """Sales of thirty members with returns, moves, anonymous receipts and copies."""
    rng = random.Random(seed)  # noqa: S311 - a made-up year
    events: list[IntegrationEvent] = []
    for n in range(receipts):
        who, which, day = member(rng.randrange(30)), receipt((seed, n)), DAY + timedelta(days=rng.randrange(300))
        events.append(sale(who if rng.random() < 0.9 else None, which, net=rng.randrange(5000), day=day))
        if rng.random() < 0.2:
            events.append(sale(who, which, version=2, net=1, day=day))
        if rng.random() < 0.1:
            events.append(detached(who, which, version=3))
            events.append(sale(member(rng.randrange(30)), which, version=4, day=day, kind=SaleAttributed))
    return events + rng.sample(events, receipts // 10)


@pytest.mark.usefixtures("running")
def test_a_rebuild_gives_equal_rows_and_tells_nobody(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    publish(event_log, *year(1))
    until(lambda: caught_up(service, event_log))
    service.jobs[0].run(DAY + timedelta(days=300))
    before = rows(service)
    with service.engine.begin() as connection:
        told = fetch(connection, "select count(*) from outbox")
    report = rebuild(database, service, event_log)
    assert report.equal
    assert [table.rows for table in report.tables] == [len(table) for table in before]
    assert rows(service) == before
    with service.engine.begin() as connection:
        assert fetch(connection, "select count(*) from outbox") == told
    publish(event_log, *year(2))
    until(lambda: caught_up(service, event_log))
    assert rebuild(database, service, event_log).equal


@pytest.mark.usefixtures("running")
def test_sales_and_erasures_during_the_rebuild_are_all_there(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    publish(event_log, *year(3))
    until(lambda: caught_up(service, event_log))
    more, gone = year(4), [member(n) for n in range(0, 30, 3)]

    def go_on() -> None:
        for n, who in enumerate(gone):
            publish(event_log, *more[n * 40 : n * 40 + 40], erased(who))

    publisher = threading.Thread(target=go_on)
    publisher.start()
    reports = [rebuild(database, service, event_log) for _ in range(4)]
    publisher.join()
    publish(event_log, *more)
    until(lambda: caught_up(service, event_log))
    reports.append(rebuild(database, service, event_log))
    assert [report for report in reports if not report.equal] == []
    purchases, facts = rows(service)
    assert {row[0] for row in purchases} == {row[0] for row in facts} == {member(n) for n in range(30)} - set(gone)


def test_only_what_the_consumer_has_handled_is_rebuilt(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    publish(event_log, sale(member(1), receipt(1)))
    handle_once(service, event_log)
    before = rows(service)
    publish(event_log, sale(member(1), receipt(2)), sale(member(2), receipt(3)))
    report = rebuild(database, service, event_log)
    assert (report.equal, report.read, rows(service)) == (True, 1, before)
    handle_once(service, event_log)
    assert len(rows(service)[0]) == 3


def test_a_batch_that_began_before_the_switch_and_commits_late_is_not_missed(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    publish(event_log, sale(member(1), receipt(1)))
    handle_once(service, event_log)
    publish(event_log, sale(member(1), receipt(2)))
    reader = BatchReader(service.engine, service.consumers[0], event_log)
    reports: list[RebuildReport] = []
    rebuilding = threading.Thread(target=lambda: reports.append(rebuild(database, service, event_log)))
    with service.engine.begin() as late:
        records = next_records(reader, event_log)
        reader._handle(late, records, reader._offsets.topic_ids(r.topic for r in records), lock=False)
        rebuilding.start()
        until(lambda: somebody_waits(service.engine), what="the rebuild waits for the open batch")
    rebuilding.join()
    assert reports[0].equal
    assert len(rows(service)[0]) == 2


def test_an_erasure_between_filling_and_switch_is_kept_to(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    """The shadow already holds her purchases when she is erased from the live tables."""
    publish(event_log, sale(member(1), receipt(1)), sale(member(2), receipt(2)))
    handle_once(service, event_log)
    erasures: list[int] = []

    def erase_once(read: int, left: int) -> None:  # noqa: ARG001 - the port's names
        if not erasures:
            erasures.append(read)
            publish(event_log, erased(member(1)))
            handle_once(service, event_log, consumer=1)

    report = rebuild(database, service, event_log, progress=erase_once)
    assert erasures == [2]
    assert report.equal
    assert [row[0] for row in rows(service)[1]] == [member(2)]


def test_a_parked_record_is_unreadable_to_a_rebuild_and_may_be_redriven_after_it(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    good, bad = outgoing(sale(member(1), receipt(1))), outgoing(sale(member(1), receipt(2)))
    event_log.publish([type(bad)(bad.topic, bad.key, bad.event_id, bad.headers, b"{}"), good])
    handle_once(service, event_log)
    assert rows(service) == [[], []], "the good one waits behind the bad one"
    report = rebuild(database, service, event_log)
    assert (report.unreadable, report.equal, report.tables[0].surplus) == (1, False, 1)
    after = rows(service)
    with service.engine.begin() as connection:
        parked = fetch(connection, "select min(id) from parked")[0][0]
    assert redrive(service.engine, service.consumers[0], event_log, parked).still_parked == 2
    with service.engine.begin() as connection:
        run(connection, "delete from parked where not follower")
        follower = fetch(connection, "select id from parked")[0][0]
    assert redrive(service.engine, service.consumers[0], event_log, follower).handled == 1
    assert rows(service) == after


def test_a_topic_without_its_beginning_is_refused(
    database: Database,
    service: Service,
    event_log: PostgresLog,
) -> None:
    publish(event_log, sale(member(1), receipt(1)), sale(member(1), receipt(2)))
    handle_once(service, event_log)
    before = rows(service)
    with database.owner_engine("log").begin() as connection:
        run(connection, 'delete from records where "offset" = 0')
    with pytest.raises(PermanentError, match="begins at 1"):
        rebuild(database, service, event_log)
    assert rows(service) == before


def handle_once(service: Service, event_log: PostgresLog, consumer: int = 0) -> None:
    """One batch, in this thread."""
    reader = BatchReader(service.engine, service.consumers[consumer], event_log)
    reader.handle(next_records(reader, event_log))


def next_records(reader: BatchReader, event_log: PostgresLog) -> list[Record]:
    partitions = [TopicPartition(topic, n) for topic in reader.topics for n in range(12)]
    return event_log.fetch(reader.positions(partitions), 1000)
