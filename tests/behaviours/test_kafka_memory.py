"""What a consumer of Kafka reads ahead: never more for a longer backlog, and enough for the largest record."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest
from aiokafka.structs import ConsumerRecord

from services.kafka_local import LocalKafka
from shared.contracts.topics import RECORD_BYTES_MAX
from shared.messaging.kafka_subscribing import PARTITION_FETCH_BYTES_MAX
from shared.messaging.log import EventLog
from shared.testing.waiting import until
from tests.behaviours.logs import KafkaOperations
from tests.conftest import Database
from tests.support.consuming import levels, running, wait
from tests.support.records import earned
from tests.support.stock import stock_consumer, stock_handler

KEYS = [f"key-{n}" for n in range(24)]
BATCH = 100


@pytest.fixture
def event_log(kafka: LocalKafka) -> Iterator[EventLog]:
    operations = KafkaOperations(kafka.bootstrap_servers, f"m{time.monotonic_ns()}.")
    yield operations.make()
    operations.close()


def test_records_that_were_handled_are_let_go(database: Database, event_log: EventLog) -> None:
    backlog = 20 * BATCH
    event_log.publish([earned(KEYS[n % len(KEYS)], 1) for n in range(backlog)])
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=BATCH)):
        wait(database, event_log)
        # Its next look, soon, lets go of what the last one found.
        until(lambda: not held(), what="the last records to be let go")
    assert sum(levels(database).values()) == backlog


def held() -> int:
    """Records of the client's that are in memory."""
    gc.collect()
    return sum(isinstance(kept, ConsumerRecord) for kept in gc.get_objects())


def test_records_larger_than_what_is_read_ahead_come_through_among_others(
    database: Database, event_log: EventLog
) -> None:
    largest = RECORD_BYTES_MAX - 16 * 1024
    assert largest > PARTITION_FETCH_BYTES_MAX
    records = [earned(key, 1) for key in KEYS for _ in range(3)]
    # One in the middle of each partition: only the first of an answer may be larger than what is asked for.
    large = [record._replace(body=record.body.rjust(largest)) for record in records[1::9]]
    event_log.publish([*records[::3], *large, *records[2::3]])
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    assert sum(levels(database).values()) == len(records[::3]) + len(large) + len(records[2::3])
