"""A log that moves to Kafka, where its records stand at other offsets: what was parked moves with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.contracts.topics import TOPICS
from shared.messaging.log import partition_of
from shared.messaging.log_export import copy, move_offsets, plan
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.message import TopicPartition
from shared.messaging.parking import list_parked
from shared.messaging.redrive import redrive
from tests.behaviours.logs import PostgresOperations
from tests.support.consuming import TOPIC, history, running, wait
from tests.support.kafka import own_topics
from tests.support.records import earned
from tests.support.stock import StockView, stock_consumer, stock_handler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.kafka_local import LocalKafka
    from tests.conftest import Database

PLACE = TopicPartition(TOPIC, partition_of(b"a", TOPICS[TOPIC].partitions))


@pytest.fixture
def target(kafka: LocalKafka) -> Iterator[KafkaLog]:
    with own_topics(kafka) as settings:
        event_log = KafkaLog(settings)
        yield event_log
        event_log.close()


def test_parked_records_move_with_their_log_and_keep_their_order(database: Database, target: KafkaLog) -> None:
    operate, engine, consumer = PostgresOperations(database), database.engine("kernel"), stock_consumer(stock_handler())
    blind = type(consumer)(**{**consumer.__dict__, "views": {"loyalty.points_earned.v0": StockView}})
    source, twice = operate.make(), earned("a", 2)
    with running(database, source, consumer):
        source.publish([earned("a", 1)])
        wait(database, source)
    with running(database, source, blind):
        # The same bytes at neighbouring places: each moves to where the other was.
        source.publish([twice, twice, earned("a", 3)])
        wait(database, source)
    operate.trim(PLACE.partition, below=1)
    shares = plan(source, target, [TOPIC])
    copy(source, target, shares, lambda _: None)
    for _ in range(2):
        move_offsets(engine, source, target, shares)
    with engine.begin() as connection:
        parked = list_parked(connection)
    assert [p.record.offset for p in parked] == [0, 1, 2], "each once, however often the move was tried"
    assert [p.record.body for p in parked] == [r.body for r in target.fetch({PLACE: 0}, 10)]

    with running(database, target, consumer):
        target.publish([earned("a", 4)])
        wait(database, target)
    assert redrive(engine, consumer, target, parked[0].id).still_parked == 0
    assert history(database, "a") == [1, 2, 3, 4]
