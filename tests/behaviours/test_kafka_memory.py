"""What a consumer of Kafka reads ahead: never more for a longer backlog, enough for the largest record, and no rest."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest
from aiokafka.structs import ConsumerRecord

from services.kafka_local import LocalKafka
from shared.contracts.topics import RECORD_BYTES_MAX
from shared.kernel.pace import Pace
from shared.messaging.kafka_subscribing import PARTITION_FETCH_BYTES_MAX
from shared.messaging.log import EventLog
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
        gc.collect()
        held = sum(isinstance(kept, ConsumerRecord) for kept in gc.get_objects())
    assert sum(levels(database).values()) == backlog
    assert held <= 2 * BATCH


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


def test_a_small_batch_of_a_long_backlog_is_followed_at_once(
    database: Database, event_log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read ahead is little, so batches are: whoever rested after each would take twice as long."""
    told: list[tuple[int, int]] = []
    rest_after = Pace.rest_after

    def listened(pace: Pace, handled: int, *, waiting: int = 0) -> float:
        told.append((handled, waiting))
        return rest_after(pace, handled, waiting=waiting)

    monkeypatch.setattr(Pace, "rest_after", listened)
    padded = [earned(key, 1) for key in KEYS for _ in range(60)]
    event_log.publish([record._replace(body=record.body.rjust(20_000)) for record in padded])
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    assert sum(levels(database).values()) == len(padded)
    small = [waiting > 2 * handled for handled, waiting in told if 0 < handled < 500]
    assert sum(small) > len(small) // 2
    assert not told[-1][1]
