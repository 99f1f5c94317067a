"""What asks the log does so once per topic, and before it takes a connection: the log may take long to answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from shared.contracts.topics import TOPICS
from shared.database.batch import fetch
from shared.messaging.batches import BatchReader
from shared.messaging.lag import Backlog, backlogs, lags, log_bounds
from shared.messaging.log import Bounds, EventLog, partition_of
from shared.messaging.message import TopicPartition
from shared.messaging.offset_moves import carry_out, plan_move, skip_to_start
from shared.messaging.offsets import list_offsets
from shared.messaging.progress import Progress
from shared.runtime.checks import Advancing
from tests.behaviours.logs import Operations
from tests.conftest import Database
from tests.support.consuming import TOPIC, all_records
from tests.support.records import earned
from tests.support.stock import stock_consumer, stock_handler

PLACES = [TopicPartition(TOPIC, n) for n in range(TOPICS[TOPIC].partitions)]
PLACE = TopicPartition(TOPIC, partition_of(b"a", len(PLACES)))


class Watched:
    """The log that it is given, where every question is counted and may not be asked inside a transaction."""

    def __init__(self, event_log: EventLog, engine: Engine) -> None:
        self._log = event_log
        self._engine = engine
        self.asked: Counter[str] = Counter()

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        self._count("bounds")
        return self._log.bounds(topic)

    def topic_id(self, topic: str) -> UUID:
        self._count("topic_id")
        return self._log.topic_id(topic)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def _count(self, question: str) -> None:
        pool: Any = self._engine.pool
        assert pool.checkedout() == 0, f"{question} is asked inside a transaction"
        self.asked[question] += 1

    def take_count(self) -> dict[str, int]:
        """How often which question was asked since the last look."""
        asked, self.asked = dict(self.asked), Counter()
        return asked


@pytest.fixture
def watched(database: Database, event_log: EventLog) -> Any:
    return Watched(event_log, database.engine("kernel", pool_size=2))


def test_the_log_is_asked_once_per_topic_and_outside_of_transactions(watched: Any) -> None:
    engine, consumer = watched._engine, stock_consumer(stock_handler())
    watched.publish([earned(f"key-{n}", 1) for n in range(40)])
    BatchReader(engine, consumer, watched).positions(PLACES)
    watched.take_count()

    assert [place.records for place in lags(engine, [consumer, consumer], watched)] == [40, 40]
    assert watched.take_count() == {"bounds": 1}

    planned = plan_move(engine, consumer, watched, PLACE, 1)
    carry_out(engine, consumer, watched, planned, "a test")
    assert watched.take_count() == {"bounds": 2, "topic_id": 2}

    assert skip_to_start(engine, consumer, watched, "a test") == 0
    assert watched.take_count() == {"bounds": 1, "topic_id": 1}

    progress = Progress()
    progress.partitions, progress.stepped_at = tuple(PLACES), progress.stepped_at - 3_600
    assert Advancing(consumer.name, progress, engine, watched)() is None, "it waits only since now"
    assert watched.take_count() == {"bounds": 1}


def test_a_backlog_runs_from_where_the_consumer_stands_or_the_log_begins(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    event_log.publish([earned("a", n) for n in range(1, 6)])
    operate.trim(PLACE.partition, below=2)

    def backlog() -> Backlog:
        bounds = log_bounds(event_log, consumer.topics)
        with engine.begin() as connection:
            found = backlogs(list_offsets(connection), consumer.name, consumer.topics, bounds)
        assert len(found) == len(PLACES)
        assert sum(each.records for each in found if each.partition != PLACE) == 0
        return next(each for each in found if each.partition == PLACE)

    assert backlog() == Backlog(PLACE, 2, 5), "nobody waits for what the log does not hold"
    reader = BatchReader(engine, consumer, event_log)
    reader.positions([PLACE])
    reader.handle(all_records(event_log)[:2])
    assert backlog() == Backlog(PLACE, 4, 5)
    with engine.begin() as connection:
        fetch(connection, "update consumer_offsets set next_offset = 9 returning 1")
    assert backlog().records == 0, "an offset that moved after the log was asked"
