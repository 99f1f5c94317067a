"""Records that nobody should write, on every topic, against every consumer there is: over real Kafka, in one run.

What has to hold is said by `tests.support.stranger`, record by record and consumer by consumer: a broken record is
parked, refused or passed over with a stable reason; what comes behind it is handled, unless it has to wait for the same
key; nothing stops; and nothing that a record says gets into a log line, a reason or a metric.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY, generate_latest

from services.processes import EVERY_SERVICE
from shared.contracts.registry import EVENTS
from shared.contracts.topics import CATALOGUE, TOPICS
from shared.database.batch import fetch
from shared.kernel.clock import BusinessClock
from shared.messaging.decode import Undecodable, decode
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log import Member
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.message import TopicPartition
from shared.messaging.topics_kafka import apply_catalogue
from shared.runtime.health import Health
from shared.runtime.roles import Role
from shared.runtime.worker import Worker
from shared.testing.waiting import until
from tests.support.access import client
from tests.support.canary import logging_to
from tests.support.hostile import CANARY, DIGITS, good
from tests.support.hostile_cases import cases
from tests.support.proof import WHOLE
from tests.support.services import every_service
from tests.support.stranger import Stranger, partition_of

if TYPE_CHECKING:
    from services.kafka_local import LocalKafka
    from shared.messaging.consumer import Consumer
    from shared.runtime.service import Service
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

STORE = {"store": "SH-001", "name": "人民广场", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["3"]}
SLICES = 6
EVERY_RECORD_S_MAX = 240
"""Thousands of records at some thirty consumers, on a machine with two cores."""


@pytest.mark.timeout(360)
def test_no_record_stops_a_consumer_or_gets_out_of_its_place(
    database: Database,
    kafka: LocalKafka,
    tmp_path: Path,
    proof: Proof,
) -> None:
    settings = KafkaSettings(
        bootstrap_servers=kafka.bootstrap_servers,
        topic_prefix=f"hostile{time.monotonic_ns()}.",
        session_timeout_ms=6_000,
    )
    apply_catalogue(settings)
    lines = tmp_path / "log.jsonl"
    with (
        every_service(database, tmp_path) as services,
        closing(KafkaLog(settings)) as event_log,
        logging_to(lines),
    ):
        client(services[0]).post("/api/stores/v1/stores", json=STORE).raise_for_status()
        consumers = [consumer for service in services for consumer in service.consumers]
        before = counts(consumers)
        with closing(Stranger(settings, consumers)) as stranger:
            write_everything(stranger, consumers)
            with working(services, event_log) as health:
                until(lambda: all_handled(services, stranger), what="every record", timeout_s=EVERY_RECORD_S_MAX)
                # Whoever got through all of it goes on.
                write_good_ones(stranger)
                until(lambda: all_handled(services, stranger), what="the last records", timeout_s=30)
                assert {name: wrong for name, wrong in health.look().items() if wrong} == {}
        assert unexpected(parked(services), stranger.expected.parked) == []
        assert refused(services) == stranger.expected.refused
        assert counts(consumers, since=before) == stranger.expected.counts
        assert_good_ones_took_effect(services)
        read_topics_that_nobody_consumes(event_log, stranger, consumers)
        assert_nothing_was_told(services, lines.read_text())
        assert [service.name for service in services] == list(EVERY_SERVICE)
    proof(
        "corrupt, truncated, oversized, schema-invalid and newer records at every consumer, over Kafka",
        case="7",
        promises=["P6", "P7"],
        invariants=["parked with a reason", "its own key only", "nothing personal told"],
    )


def write_everything(stranger: Stranger, consumers: list[Consumer]) -> None:
    read = {type_ for consumer in consumers for type_ in consumer.views}
    number, turns = 0, itertools.count()
    # A slice breaks each type in a few of the ways, and in others than the type before.
    for topic in CATALOGUE:
        types = [type_ for type_, event in EVENTS.items() if event.topic == topic.name]
        written = [type_ for type_ in types if type_ in read] or types[:1]
        for type_ in written:
            every = cases(good(type_, "x"))
            for case in every if WHOLE else every[next(turns) % SLICES :: SLICES]:
                if case.outcome == "key_missing" and topic.cleanup == "compact":
                    # The broker itself takes no record without a key there.
                    continue
                if case.costly and type_ != written[0]:
                    continue
                number += 1
                stranger.write_broken(type_, case, str(number))
    stranger.flush()


def write_good_ones(stranger: Stranger) -> None:
    for type_ in (
        "pos.receipt.v1",
        "stores.sale_recorded.v1",
        "customers.registered.v1",
        "customers.identifier_linked.v1",
    ):
        stranger.write_good(good(type_, "last"))
    stranger.flush()


@contextmanager
def working(services: list[Service], event_log: KafkaLog) -> Iterator[Health]:
    """Every consumer runs, as in a worker process."""
    health = Health()
    worker = Worker(
        services,
        event_log,
        clock=BusinessClock(),
        time_zone="UTC",
        member=Member(name="all"),
        roles={Role.CONSUMERS},
        health=health,
    )
    worker.start()
    try:
        yield health
        assert not worker.failed.is_set()
        assert not worker.stop.is_set()
        alive = {thread.name for thread in threading.enumerate()}
        assert {consumer.name for service in services for consumer in service.consumers} <= alive
    finally:
        worker.stop.set()
        worker.join()


def all_handled(services: list[Service], stranger: Stranger) -> bool:
    for service in services:
        with service.engine.begin() as connection:
            rows = fetch(connection, "select consumer, topic, partition, next_offset from consumer_offsets")
        offsets = {(consumer, topic, partition): offset for consumer, topic, partition, offset in rows}
        for consumer in service.consumers:
            for topic in consumer.topics:
                if offsets.get((consumer.name, topic, partition_of(topic))) != stranger.offsets[topic]:
                    return False
    return True


def counts(consumers: list[Consumer], since: dict[str, Counter[str]] | None = None) -> dict[str, Counter[str]]:
    found = {}
    for consumer in consumers:
        found[consumer.name] = Counter(
            {
                outcome: int(REGISTRY.get_sample_value("regulars_consumer_records_total", labels) or 0)
                for outcome in ("applied", "parked", "refused", "passed_over", "duplicate")
                for labels in [{"consumer": consumer.name, "outcome": outcome}]
            },
        )
        if since is not None:
            found[consumer.name] -= since[consumer.name]
    return found


def parked(services: list[Service]) -> dict[tuple[str, str, int], str]:
    found = {}
    for service in services:
        with service.engine.begin() as connection:
            for consumer, topic, offset, reason in fetch(
                connection, 'select consumer, topic, "offset", reason from parked'
            ):
                found[consumer, topic, offset] = reason
    return found


def unexpected(
    found: dict[tuple[str, str, int], str],
    expected: dict[tuple[str, str, int], tuple[str, str]],
) -> list[tuple[str, str, str, str]]:
    """Consumer, what the record is, why it should be parked, why it is."""
    return sorted(
        (place[0], what, reason, found.get(place, ""))
        for place in found.keys() | expected.keys()
        for reason, what in [expected.get(place, ("", str(place)))]
        if found.get(place, "") != reason
    )


def refused(services: list[Service]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for service in services:
        with service.engine.begin() as connection:
            found.update(fetch(connection, "select consumer, code from refused"))
    return found


def assert_good_ones_took_effect(services: list[Service]) -> None:
    last = {name: good("stores.sale_recorded.v1", "last").body[name] for name in ("customer_id", "receipt_id")}
    last |= {"token": good("customers.identifier_linked.v1", "last").body["token"]}
    effects = {
        "stores": ["select 1 from member_tokens where token = %(token)s"],
        "customers": ["select 1 from member_stores where customer_id = %(customer_id)s::uuid"],
        "loyalty": [
            "select 1 from account_balance where customer_id = %(customer_id)s::uuid and available > 0",
            "select 1 from member_stores where customer_id = %(customer_id)s::uuid",
        ],
        "segmentation": [
            "select 1 from purchases where receipt_id = %(receipt_id)s::uuid",
            "select 1 from member_stores where customer_id = %(customer_id)s::uuid",
        ],
        "campaigns": ["select 1 from member_stores where customer_id = %(customer_id)s::uuid"],
        "notifications": ["select 1 from last_purchases where customer_id = %(customer_id)s::uuid"],
        "console": [
            "select 1 from receipts where receipt_id = %(receipt_id)s::uuid",
            "select 1 from member_buying where customer_id = %(customer_id)s::uuid",
            "select 1 from member_stores where customer_id = %(customer_id)s::uuid",
        ],
    }
    for service in services:
        with service.engine.begin() as connection:
            for question in effects[service.name]:
                assert fetch(connection, question, last) == [(1,)], question


def read_topics_that_nobody_consumes(event_log: KafkaLog, stranger: Stranger, consumers: list[Consumer]) -> None:
    """They can be read all the same, and what reads them is told of broken records in the same way."""
    for topic in TOPICS.keys() - {topic for consumer in consumers for topic in consumer.topics}:
        position, reasons = 0, Counter[str]()
        while position < stranger.offsets[topic]:
            for record in event_log.fetch({TopicPartition(topic, partition_of(topic)): position}, limit=500):
                position = record.offset + 1
                try:
                    decode(record, {})
                except Undecodable as undecodable:
                    reasons[undecodable.code] += 1
        assert set(reasons) == {"headers_invalid"}


def assert_nothing_was_told(services: list[Service], lines: str) -> None:
    told = {"log lines": lines, "metrics": generate_latest().decode()}
    for service in services:
        with service.engine.begin() as connection:
            told[f"{service.name}.parked"] = str(fetch(connection, "select distinct reason, detail from parked"))
            told[f"{service.name}.refused"] = str(fetch(connection, "select code, detail, type from refused"))
            told[f"{service.name}.gaps"] = str(fetch(connection, "select * from consumer_gaps"))
    assert "partitions_assigned" in lines
    for where, text in told.items():
        for piece in (CANARY, DIGITS, DIGITS[:8], CANARY[:8]):
            assert piece not in text, f"{where}: {text[max(0, text.index(piece) - 200) : text.index(piece) + 100]}"
