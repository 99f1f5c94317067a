"""Every field of every event with every hostile value, against every consumer that reads it.

Consumers, types and fields are found in the services and in the contracts, so that a new one is covered by being there.
What a consumer cannot handle is parked with its bytes and a reason of its decoder: a value that only the database or a
computation finds wrong would have cost its whole batch. What it can handle leaves the books in order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.contracts.envelope import Outgoing, encode_headers
from shared.contracts.registry import EVENTS
from shared.database.batch import fetch
from shared.kernel.ids import derived_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from tests.support.access import client
from tests.support.auditing import audit_all
from tests.support.hostile import Raw, good
from tests.support.hostile_values import MARK, ODD, WRONG, places, replaced, written
from tests.support.proof import WHOLE
from tests.support.services import every_service

if TYPE_CHECKING:
    from pathlib import Path

    from shared.messaging.consumer import Consumer
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

STORE = {"store": "SH-001", "name": "1", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["3"]}
DECODERS = {"json_invalid", "schema_invalid"}
"""Reasons that say that a record was not even tried."""
BYTES_MAX = 64 * 1024
"""Of the records of a slice: what is endless is in `test_hostile_records`."""


def test_no_field_of_any_event_breaks_a_consumer(database: Database, tmp_path: Path, proof: Proof) -> None:
    event_log = database.log()
    with every_service(database, tmp_path) as services:
        client(services[0]).post("/api/stores/v1/stores", json=STORE).raise_for_status()
        sent = list(everything(services))
        assert event_log.publish([record for _, record in sent]) == []
        wrong = [
            said for service in services for consumer in service.consumers for said in met(service, consumer, event_log)
        ]
        assert not wrong, "\n".join(wrong)
        assert_parked_as_sent(services, {record.body for _, record in sent})
        counted = Counter(reason for service in services for reason in reasons(service))
        assert counted["schema_invalid"] > 100, counted
    checked = audit_all(database, event_log)
    proof(
        "hostile values in every field of every event, at every consumer",
        case="7",
        promises=["P2", "P6"],
        invariants=["parked with bytes and reason", "no batch broken", *checked],
        note=f"{len(sent)} records, {counted.total()} parked",
    )


def everything(services: list[Service]) -> Iterator[tuple[str, Outgoing]]:
    """What the record is, and the record: good but for one field, each about somebody else."""
    read = {type_ for service in services for consumer in service.consumers for type_ in consumer.views}
    assert read <= EVENTS.keys()
    number = 0
    for type_ in sorted(read):
        for place in places(good(type_, "x").body):
            for what, value in values_of(number):
                number += 1
                raw = good(type_, f"{number}")
                yield f"{type_} {place} {what}", as_sent(raw, written(replaced(raw.body, place, MARK), value), number)
        for what, body in twisted(good(type_, "x")):
            number += 1
            yield f"{type_} {what}", as_sent(good(type_, f"{number}"), body, number)


def values_of(turn: int) -> list[tuple[str, str]]:
    every = [item for item in (WRONG | ODD).items() if WHOLE or len(item[1]) < BYTES_MAX]
    return every if WHOLE else [every[(turn + n * 5) % len(every)] for n in range(4)]


def twisted(raw: Raw) -> Iterator[tuple[str, bytes]]:
    """The whole of it in ways that JSON allows."""
    body = json.dumps(raw.body)
    name = next(iter(raw.body))
    yield "a field twice", f'{body[:-1]}, "{name}": null}}'.encode()
    yield "more fields", json.dumps(raw.body | {f"f{n}": n for n in range(1_000)}).encode()
    yield "an empty object", b"{}"


def as_sent(raw: Raw, body: bytes, number: int) -> Outgoing:
    headers = {str(name): value or b"" for name, value in raw.headers}
    return Outgoing(raw.topic, raw.key or b"", derived_id("hostile", number), encode_headers(headers), body)


def met(service: Service, consumer: Consumer, event_log: PostgresLog) -> Iterator[str]:
    """Runs the consumer to the end of its topics; what went wrong on the way."""
    reader = BatchReader(service.engine, consumer, event_log)
    partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in event_log.bounds(topic)]
    positions = dict(reader.positions(partitions))
    while records := event_log.fetch(positions, 500):
        positions.update(reader.handle(records))
    for partition in partitions:
        if positions[partition] != event_log.bounds(partition.topic)[partition.partition].end:
            yield f"{consumer.name} stopped at {positions[partition]} of {partition}"
    with service.engine.connect() as connection:
        rows = fetch(
            connection,
            "select reason, detail, encode(substr(body, 1, 2000), 'escape') from parked"
            " where consumer = %(name)s and not reason = any(%(known)s)",
            {"name": consumer.name, "known": sorted(DECODERS)},
        )
    # What a handler says no to has a code of ours; the name of an exception means that it fell over.
    yield from (f"{consumer.name}: {row}"[:900] for row in rows if not re.fullmatch("[a-z_]+", row[0]))


def reasons(service: Service) -> list[str]:
    with service.engine.connect() as connection:
        return [reason for (reason,) in fetch(connection, "select reason from parked")]


def assert_parked_as_sent(services: list[Service], sent: set[bytes]) -> None:
    for service in services:
        with service.engine.connect() as connection:
            parked = fetch(connection, "select consumer, reason, body, headers from parked")
        assert [(consumer, reason) for consumer, reason, body, headers in parked if bytes(body) not in sent] == []
        assert all(reason and headers for _, reason, _, headers in parked)
