"""Rebuilding what the console shows from the topics: equal rows, whatever order and however often they were heard."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.stores import SaleAttributed, SaleReturned, SaleVoided
from shared.database.batch import fetch
from shared.database.migrate import application_role
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.projections.rebuild import rebuild_topic_read_model
from tests.support.chain_news import (
    NOON,
    agreed,
    complained,
    entered,
    erased,
    left,
    member,
    outgoing,
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
    from shared.contracts.base import IntegrationEvent
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database

MEMBERS = 25


def year(seed: int) -> list[IntegrationEvent]:
    """Sales of some members with returns, voids, moves, other currencies and copies; what else happens with them."""
    rng = random.Random(seed)  # noqa: S311 - a made-up year
    events: list[IntegrationEvent] = [store(code) for code in ("E1", "W1")]
    back: dict[str, Any] = {"return_id": member("r"), "returned_at": NOON, "returned_lines": (), "returned_minor": 1}
    for n in range(300):
        who = rng.randrange(MEMBERS) if rng.random() < 0.8 else None
        told: dict[str, Any] = {"at": rng.choice(["E1", "W1"]), "days_ago": rng.randrange(30)}
        told["currency"] = "CNY" if rng.random() < 0.95 else "EUR"
        number = (seed, n)
        events.append(sale(who, number, net=rng.randrange(900), **told))
        if rng.random() < 0.2:
            events.append(sale(rng.randrange(MEMBERS), number, version=2, kind=SaleAttributed, **told))
        if rng.random() < 0.2:
            standing = rng.choice(["kept", "returned"])
            events.append(sale(who, number, version=3, net=0, standing=standing, kind=SaleReturned, **told, **back))
        if rng.random() < 0.1:
            events.append(
                sale(who, number, version=4, net=0, standing="voided", kind=SaleVoided, voided_at=NOON, **told)
            )
    for who in range(MEMBERS):
        events += [registered(who, days_ago=rng.randrange(200)), agreed(who), scored(who, 1, 2, 3), points(who, 7)]
        for version in range(1, rng.randrange(2, 9), 2):
            stage = rng.choice(["lifecycle.new", "lifecycle.active", "rfm.regulars", "buyers"])
            events.append(entered(who, stage, version=version, days_ago=9 - version))
            events.append(left(who, stage, version=version + 1, days_ago=8 - version))
        events += [
            withdrew(who),
            complained(who),
            written_to(who, days_ago=rng.randrange(50)),
            points(who, 9, version=2),
        ]
        events += [settled(who)] if rng.random() < 0.5 else []
    return events + rng.sample(events, len(events) // 10)


def handle_all(service: Service, event_log: PostgresLog, size: int) -> None:
    for consumer in service.consumers:
        reader = BatchReader(service.engine, consumer, event_log)
        partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in event_log.bounds(topic)]
        positions = dict(reader.positions(partitions))
        while records := event_log.fetch(positions, size):
            positions.update(reader.handle(records))


def rows(service: Service, table: str) -> list[tuple[Any, ...]]:
    with service.engine.begin() as connection:
        return sorted(fetch(connection, f"select t::text from {table} t"))


def rebuild_all(database: Database, service: Service, event_log: PostgresLog) -> dict[str, Any]:
    reports = {}
    for model in service.topic_read_models:
        before = {table.name: rows(service, table.name) for table in model.tables}
        report = rebuild_topic_read_model(
            database.owner_engine("console"), event_log, model, application_role("console")
        )
        reports[model.name] = report
        assert report.equal, report
        assert {table.name: rows(service, table.name) for table in model.tables} == before
    return reports


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_a_rebuild_gives_equal_rows_for_batches_of_any_size(database: Database, service: Service, batch: int) -> None:
    event_log = database.log()
    events = year(batch)
    event_log.publish([outgoing(event) for event in events])
    handle_all(service, event_log, batch)
    reports = rebuild_all(database, service, event_log)
    assert reports["buying"].read == sum(event.topic == "stores.sales.v1" for event in events)
    assert all(rows(service, table.name) for model in service.topic_read_models[:3] for table in model.tables)
    # Again, with erasures: what the topics still say of them stays away.
    event_log.publish([outgoing(erased(who)) for who in range(0, MEMBERS, 3)])
    event_log.publish([outgoing(event) for event in year(batch + 100)])
    handle_all(service, event_log, batch)
    rebuild_all(database, service, event_log)
    with service.engine.begin() as connection:
        assert service.audit is not None
        findings = list(service.audit(connection))
    # The made-up year closes stages that it never opened; what the console works out agrees with itself all the same.
    assert [finding for finding in findings if not finding.ok] == []
